"""The commands, a file a kind: loading, asking, keeping (the record), running (servers)."""
