"""What is sent to a service to be loaded: uploads, loads, and the rows that were not accepted."""
