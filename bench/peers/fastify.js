// @fastify/http-proxy as its README shows it, without a log. PORT and SOURCE come from outside.
const server = require('fastify')({ logger: false })
server.register(require('@fastify/http-proxy'), { upstream: process.env.SOURCE, http2: false })
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
