# Two stages: the first installs, the second runs. No compiler, no pip cache, own user; a read-only root is enough with a volume at /srv/var.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY app ./app
COPY adapters ./adapters
COPY migrations ./migrations
RUN python -m venv /opt/titian && /opt/titian/bin/pip install --no-cache-dir -c constraints.txt ".[postgres,sql-mysql]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin titian && mkdir -p /srv/var && chown titian /srv/var
COPY --from=build /opt/titian /opt/titian
COPY --chown=root:root cities /srv/cities
ENV PATH=/opt/titian/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TITIAN_LOG=json
WORKDIR /srv
USER titian
VOLUME /srv/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["titian", "serve", "--host", "0.0.0.0", "--port", "8000"]
