"""What stands between the command line and the game: profiles, child processes, files, and the three commands."""
