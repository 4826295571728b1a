// The least that can be done with a delivery: fastify reads and parses its body, and answers. Prints its port.
import Fastify from 'fastify';

const server = Fastify();
server.post('/webhooks/lever/:id', async () => 'ok');
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${server.server.address().port}\n`);
