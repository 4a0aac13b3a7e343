"""The asset graph of Wagehouse in Dagster, and the command line behind the Makefile's verbs."""
