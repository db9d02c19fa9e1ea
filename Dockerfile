# The command `mayday`: docs/operating-batch.md, "Image". With the edge and the dashboard, for `mayday serve`.
FROM node:24-slim AS dashboard
WORKDIR /mayday
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY shared shared
COPY dashboard dashboard
RUN node node_modules/vite/bin/vite.js build dashboard --logLevel warn

FROM node:24-slim
WORKDIR /mayday
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY batch batch
COPY edge edge
COPY shared shared
COPY docs/sql.md docs/sql.md
COPY --from=dashboard /mayday/dashboard/dist dashboard/dist
# The cache, and stores given as relative paths.
WORKDIR /data
ENTRYPOINT ["node", "/mayday/batch/mayday.js"]
