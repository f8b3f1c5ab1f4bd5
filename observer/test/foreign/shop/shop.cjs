const express = require("express");

const { PORT = "3001", STOCK_URL = "http://127.0.0.1:3002" } = process.env;
const app = express();
const work = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

app.get("/products/:id", async (request, response) => {
  await work(120);
  const answer = await fetch(`${STOCK_URL}/stock/${request.params.id}`);
  response.json({ id: request.params.id, stock: await answer.json() });
});

app.get("/reports/sales", async (_request, response) => {
  await work(58);
  response.json({ rows: 0 });
});

app.post("/orders", express.json(), async (request, response) => {
  await work(30);
  const { quantity = 0 } = request.body ?? {};
  response.status(quantity > 0 ? 201 : 500).json({ quantity });
});

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  console.log(`shop listens on ${typeof address === "object" ? address?.port : address}`);
});
process.on("SIGTERM", () => server.close());
