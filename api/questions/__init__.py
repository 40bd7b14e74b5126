"""Questions over HTTP: their routes, what a request asks from, long lists by pages, reports."""
