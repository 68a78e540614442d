# Three stages: one bundles the program, one fetches the only package that cannot be bundled (it draws the charts), the last holds only what
# runs. Pin the FROM lines to a digest in your own registry.
FROM node:24-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
# No install script of any package runs, here and below.
RUN npm ci --ignore-scripts
COPY scripts ./scripts
COPY src ./src
RUN node scripts/build.ts

FROM node:24-slim AS modules
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=sqlite:/data/tagback.db \
    PLAYBOOKS_DIR=/playbooks \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=16384 \
    MALLOC_TRIM_THRESHOLD_=16384 \
    MALLOC_TOP_PAD_=0
WORKDIR /app
COPY --from=modules /app/node_modules/@resvg ./node_modules/@resvg
COPY --from=build /app/dist ./dist
COPY package.json app-manifest.yml LICENSE ./
COPY assets ./assets
COPY bin ./bin
COPY playbooks ./playbooks
COPY src/sandbox/demo/services.yml ./src/sandbox/demo/
COPY src/sandbox/playground/browser ./src/sandbox/playground/browser
# The database is the only thing that is ever written; everything else belongs to root and can be mounted read-only.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
# "node" of the base image, as numbers, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 3000
# Liveness: never depends on Slack or GitHub.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: node itself gets SIGTERM and stops in order.
CMD ["node", "bin/tagback.cjs", "start"]
