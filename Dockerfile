# One image of the command `mayday`, with the edge and the dashboard: docs/installing.md, "Image".
FROM node:24-slim AS build
WORKDIR /mayday
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json wrangler.toml ./
COPY docs/sql.md docs/sql.md
COPY shared shared
COPY edge edge
COPY batch batch
COPY dashboard dashboard
COPY deploy/package deploy/package
RUN node deploy/package/build.ts

FROM node:24-slim
WORKDIR /opt/mayday
COPY package.json package-lock.json ./
# Not Deno: the image runs Node.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force \
  && rm -rf node_modules/deno node_modules/@deno \
  && ln -s /opt/mayday/batch/mayday.js /usr/local/bin/mayday \
  && install -d -o node -g node /data /cache
COPY batch/mayday.js batch/mayday.js
COPY --from=build /mayday/built built
# Nothing else is written: the root file system may be read-only.
ENV MAYDAY_CACHE=/cache/mayday XDG_CACHE_HOME=/cache TMPDIR=/cache
VOLUME ["/data", "/cache"]
USER node
# Of stores given as relative paths: the default is file:./data, in the volume.
WORKDIR /
EXPOSE 8787
# For `mayday serve`; other commands end by themselves.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8787}/__heartbeat__`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["mayday"]
CMD ["serve", "--every", "10m"]
