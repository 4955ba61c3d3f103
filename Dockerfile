# The wheels are made in one stage and installed in another, which so has no compiler and no cache.
FROM python:3.13-slim AS wheels
WORKDIR /build
COPY requirements.txt pyproject.toml ./
RUN pip wheel --no-cache-dir --wheel-dir /wheels --requirement requirements.txt
COPY app ./app
RUN pip wheel --no-cache-dir --wheel-dir /wheels --no-deps .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="A webhook server that holds SMS conversations"
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin parley
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index /wheels/*.whl
WORKDIR /srv/parley
COPY wsgi.py gunicorn.conf.py ./
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "app"]
