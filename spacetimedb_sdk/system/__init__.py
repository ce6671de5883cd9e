"""System: the clock, terminal, files and packages of the machine that a program runs on."""
