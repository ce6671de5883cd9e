"""Blackholio: `python run_game.py [play|host|bots|replay] --help` tells what can be done."""

from game.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
