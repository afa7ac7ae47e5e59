# Rounds in a container. Settings come from the environment; nothing secret is in the image.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/rounds
WORKDIR /src

# The dependencies change seldom: a layer of their own.
COPY pyproject.toml constraints.txt ./
RUN python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
print(*p["dependencies"], *p["optional-dependencies"]["s3"], sep="\n")' \
        > /tmp/dependencies.txt \
    && /opt/rounds/bin/pip install --requirement /tmp/dependencies.txt --constraint constraints.txt

COPY . .
RUN /opt/rounds/bin/pip install --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/rounds --create-home rounds
COPY --from=build /opt/rounds /opt/rounds
ENV PATH=/opt/rounds/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ROUNDS_DATA_DIR=/var/lib/rounds/data \
    ROUNDS_HEALTH_LISTEN=0.0.0.0:8080
USER rounds
WORKDIR /var/lib/rounds
RUN mkdir data
VOLUME /var/lib/rounds/data
EXPOSE 8080 8443

HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health', timeout=4)"]

# `rounds` is process 1, hears SIGTERM itself and ends within 10 seconds, which is what Docker waits.
STOPSIGNAL SIGTERM
ENTRYPOINT ["rounds"]
CMD ["run"]
