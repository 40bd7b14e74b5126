# The command `genealogy` and its HTTP service. docker-compose.yml starts it beside a Neo4j server.

FROM python:3.11-slim-bookworm AS build
WORKDIR /source
# Every library is fetched by its hash in requirements.lock; what the service does not need stays behind in this stage.
COPY requirements.lock ./
RUN pip download --no-cache-dir --require-hashes --only-binary=:all: --requirement requirements.lock --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY api ./api
COPY genealogy ./genealogy
COPY loaders ./loaders
COPY queries ./queries
COPY viz ./viz
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv /opt/genealogy \
    && /opt/genealogy/bin/pip install --no-cache-dir --no-index --find-links /wheels batch-genealogy

FROM python:3.11-slim-bookworm
COPY --from=build /opt/genealogy /opt/genealogy
RUN useradd --system --uid 10001 --create-home genealogy \
    && install --directory --owner=genealogy --mode=0700 /data
ENV PATH=/opt/genealogy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GENEALOGY_HOME=/data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["genealogy"]
# Before anybody was added this refuses to listen where other machines could reach it. docker-compose.yml gives --guarded,
# because it publishes the port on this machine only; then it starts, and lets nobody in until somebody was added.
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
