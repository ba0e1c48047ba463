"""One file for each command of ``casework``: ``run(arguments)`` answers the exit status."""
