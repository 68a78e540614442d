/** node:http as `require` gives it. An `import` evaluates every export at once, among them WebSocket, which loads a whole HTTP client: 35 ms of each start. */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
