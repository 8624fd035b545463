"""The central register of de minimis aids (art. 7): what is entered in it of each bonus."""
