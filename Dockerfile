FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/parley

COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY pyproject.toml wsgi.py gunicorn.conf.py ./
COPY app ./app
# The entry point of `flask sms`; the code stays here, where gunicorn starts.
RUN pip install --no-cache-dir --no-deps --editable . \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin parley

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "app"]
