# docker build -t codesubmit-lever .          How to run it: docs/containers.md
# Any image with Node 22 or 24 and npm: --build-arg BASE=registry.example.com/node:24-slim
ARG BASE=node:22-slim

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json README.md CHANGELOG.md LICENSE ./
COPY bin bin
COPY scripts scripts
COPY src src
# Commands read them.
COPY docs/recruiters.md docs/
COPY deploy/completion deploy/completion
RUN npm ci --no-audit --no-fund && npm pack --pack-destination /tmp
# What is published, with the very dependencies of the lock file. Nothing is compiled: the addon brings its binaries.
RUN mkdir /app && tar -xzf /tmp/codesubmit-lever-*.tgz -C /app --strip-components=1 \
  && cp package-lock.json /app && cd /app \
  && npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${BASE}
COPY --from=build /app /app
RUN ln -s /app/bin/codesubmit-lever.js /usr/local/bin/codesubmit-lever && install -d -o 1000 -g 1000 -m 700 /data
# The key that encrypts stored secrets must outlive the container, so it is never made inside: mount it, or set
# CODESUBMIT_LEVER_SECRET_KEY.
ENV NODE_ENV=production HOME=/ HOST=0.0.0.0 SQLITE_TMPDIR=/data \
  CODESUBMIT_LEVER_HOME=/data CODESUBMIT_LEVER_SECRET_KEY_FILE=/run/secrets/secret_key
USER 1000:1000
VOLUME /data
EXPOSE 8737
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
  ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 8737}/healthz`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["codesubmit-lever"]
CMD ["serve"]
