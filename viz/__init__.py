"""HOW IT IS SEEN: answers as text, tables, graphs and pages."""
