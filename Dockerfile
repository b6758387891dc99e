# One image a deployable; `docker build --target twitter .` makes one. From Debian's own Python, so that the same file
# builds on the official base image and on one made by scripts/base-image.sh.
ARG BASE=debian:bookworm-slim

# hadolint ignore=DL3006  # the tag is in BASE
FROM ${BASE} AS debian
# hadolint ignore=DL3008  # the release fixes the versions, and security updates are wanted
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
 && groupadd --gid 10001 tickertape \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp tickertape \
 # A named volume takes over the owner of the folder that it covers.
 && install --directory --owner 10001 --group 10001 /var/lib/tickertape
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

FROM debian AS bare
COPY services/images/bare.sh /
RUN sh /bare.sh && rm /bare.sh

# What the services run on. Copied, since what is only removed stays in the layers below.
FROM scratch AS python
# hadolint ignore=DL3067  # the entire filesystem is what is wanted, in one layer
COPY --from=bare / /
# Where a base image trusts other certificates too, they are in this file.
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /app

# Compiled like the packages: nothing can write beside the code in a container.
FROM debian AS code
COPY tickertape/ tickertape/
COPY services/ services/
COPY spark/ spark/
COPY dashboard/ dashboard/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash .

FROM debian AS installer
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY requirements/bootstrap.txt requirements/
RUN python3 -m venv /opt/installer \
 && /opt/installer/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt
# Links into a cache would break with the layer; compiled once here, since the images are read-only.
ENV UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/opt/venv
COPY services/images/install.sh /usr/local/bin/install-packages

# What every deployable has; the others add to it.
FROM installer AS core-packages
COPY requirements/images/eventlog.txt requirements/images/
RUN install-packages requirements/images/eventlog.txt

FROM core-packages AS twitter-packages
COPY requirements/images/twitter.txt requirements/images/
RUN install-packages requirements/images/twitter.txt

FROM core-packages AS manager-packages
COPY requirements/images/manager.txt requirements/images/
RUN install-packages requirements/images/manager.txt

FROM core-packages AS backup-packages
COPY requirements/images/backup.txt requirements/images/
RUN install-packages requirements/images/backup.txt

FROM core-packages AS stocks-packages
COPY requirements/images/stocks.txt requirements/images/
RUN install-packages requirements/images/stocks.txt

FROM core-packages AS dashboard-packages
COPY requirements/images/dashboard.txt requirements/images/
RUN install-packages requirements/images/dashboard.txt

FROM core-packages AS analysis-packages
COPY requirements/images/analysis.txt requirements/images/
RUN install-packages requirements/images/analysis.txt

FROM core-packages AS spark-packages
COPY requirements/images/spark.txt requirements/images/
RUN install-packages requirements/images/spark.txt

# Packages before code: what changes often comes last.
FROM python AS eventlog
LABEL org.opencontainers.image.title="tickertape eventlog" org.opencontainers.image.vendor="tickertape"
COPY --from=core-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY services/__init__.py services/
COPY --from=code /app/services/eventlog/ services/eventlog/
USER 10001:10001
CMD ["python", "-m", "services.eventlog.main"]

FROM python AS manager
LABEL org.opencontainers.image.title="tickertape manager" org.opencontainers.image.vendor="tickertape"
COPY --from=manager-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY services/__init__.py services/
COPY --from=code /app/services/manager/ services/manager/
USER 10001:10001
CMD ["python", "-m", "services.manager.main"]

FROM python AS backup
LABEL org.opencontainers.image.title="tickertape backup" org.opencontainers.image.vendor="tickertape"
COPY --from=backup-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY services/__init__.py services/
COPY --from=code /app/services/backup/ services/backup/
USER 10001:10001
CMD ["python", "-m", "services.backup.main"]

FROM python AS analysis
LABEL org.opencontainers.image.title="tickertape analysis" org.opencontainers.image.vendor="tickertape"
COPY --from=analysis-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY services/__init__.py services/
COPY --from=code /app/services/analysis/ services/analysis/
USER 10001:10001
CMD ["python", "-m", "services.analysis.main"]

FROM python AS twitter
LABEL org.opencontainers.image.title="tickertape twitter" org.opencontainers.image.vendor="tickertape"
COPY --from=twitter-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY fixtures/ fixtures/
COPY services/__init__.py services/ingest.py services/
COPY --from=code /app/services/twitter/ services/twitter/
USER 10001:10001
CMD ["python", "-m", "services.twitter.main"]

FROM python AS stocks
LABEL org.opencontainers.image.title="tickertape stocks" org.opencontainers.image.vendor="tickertape"
COPY --from=stocks-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY fixtures/ fixtures/
COPY services/__init__.py services/ingest.py services/
COPY --from=code /app/services/stocks/ services/stocks/
USER 10001:10001
CMD ["python", "-m", "services.stocks.main"]

FROM python AS dashboard
LABEL org.opencontainers.image.title="tickertape dashboard" org.opencontainers.image.vendor="tickertape"
COPY --from=dashboard-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY --from=code /app/dashboard/ dashboard/
USER 10001:10001
CMD ["python", "-m", "dashboard.app"]

FROM debian AS java
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openjdk-17-jre-headless procps \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt

FROM java AS spark
LABEL org.opencontainers.image.title="tickertape spark" org.opencontainers.image.vendor="tickertape"
COPY --from=spark-packages /opt/venv /opt/venv
COPY --from=code /app/tickertape/ tickertape/
COPY --from=code /app/spark/ spark/
USER 10001:10001
CMD ["python", "-m", "spark.workflow", "serve"]
