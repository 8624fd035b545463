"""Where `flask …` and the web server find the application."""

from bonus import create_app

app = create_app()
