#!/bin/sh
# Usage: bare
# Takes away what a container has no use for that only runs Python: what installs packages, keeps accounts and disks, and
# speaks TLS for others than Python; manuals, and what only developers read.
set -eu
# What is left depends on some of it on paper only: nothing is installed or configured any more.
dpkg --purge --force-depends --force-remove-essential \
  apt libapt-pkg6.0 gpgv debian-archive-keyring adduser debconf perl-base \
  libgnutls30 libp11-kit0 libtasn1-6 libnettle8 libhogweed6 libidn2-0 libunistring2 \
  e2fsprogs logsave mount util-linux login passwd libsemanage2 libsemanage-common libsepol2 \
  openssl diffutils ncurses-bin 2>/dev/null
rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/lintian /usr/share/bash-completion \
  /var/cache/* /var/lib/apt /var/lib/dpkg/*-old /var/log/* \
  /usr/lib/python3*/test /usr/lib/python3*/pydoc_data /usr/lib/python3*/lib2to3 /usr/lib/python3*/turtle.py \
  /usr/lib/x86_64-linux-gnu/perl-base
