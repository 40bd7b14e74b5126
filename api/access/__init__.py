"""Who may do what over HTTP: people and keys, roles, the rule of each operation and page, and what is masked for whom."""
