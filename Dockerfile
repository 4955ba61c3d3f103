# One stage builds the wheels, another installs them, so that the image has no compiler or cache.
FROM python:3.13-slim AS wheels
WORKDIR /build
COPY requirements.txt ./
RUN pip wheel --no-cache-dir --wheel-dir /wheels --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY app/parley ./app/parley
RUN pip wheel --no-cache-dir --wheel-dir /wheels --no-deps .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="A webhook server that holds SMS conversations"
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/srv/parley/app
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin parley
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index /wheels/*.whl
WORKDIR /srv/parley
COPY app/flows ./app/flows
USER 10001
EXPOSE 8000
# `localhost` is tried by IPv6 and IPv4; PORT is where the server listens.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; port = os.environ.get('PORT') or 8000; \
u.urlopen(f'http://localhost:{port}/healthz', timeout=4)"]
CMD ["python", "-m", "parley"]
