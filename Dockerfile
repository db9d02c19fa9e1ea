# The command `mayday` with the packages that batch needs: docs/operating-batch.md, "Image".
FROM node:24-slim
WORKDIR /mayday
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY batch batch
COPY shared shared
# The cache, and stores given as relative paths.
WORKDIR /data
ENTRYPOINT ["node", "/mayday/batch/mayday.js"]
