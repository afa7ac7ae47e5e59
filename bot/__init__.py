"""The front door: settings, command line, wiring, intake, worker, delivery."""
