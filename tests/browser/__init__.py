"""The service in a real browser (Playwright on Debian's chromium), against the demonstration as it is started."""
