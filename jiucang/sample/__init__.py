"""A legacy portal on loopback, hard on purpose, with a ledger of every byte it sent and received."""
