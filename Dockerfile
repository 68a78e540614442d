# Two stages: the first fetches what the lock file names, the second holds only what runs. There is nothing to build: Node runs
# the TypeScript. Pin both FROM lines to a digest in your own registry.
FROM node:24-slim AS modules
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
# No install script of any package runs; the drawing library ships its binary as a package.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=sqlite:/data/tagback.db \
    PLAYBOOKS_DIR=/playbooks
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json app-manifest.yml LICENSE ./
COPY assets ./assets
COPY bin ./bin
COPY playbooks ./playbooks
COPY src ./src
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
CMD ["node", "src/main.ts"]
