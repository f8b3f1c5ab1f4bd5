import express from "express";

const app = express();

app.get("/stock/:sku", (request, response) => {
  response.json({ sku: request.params.sku, available: 7 });
});

const server = app.listen(Number(process.env.PORT ?? "3002"), "127.0.0.1", () => {
  const address = server.address();
  console.log(`stock listens on ${typeof address === "object" ? address?.port : address}`);
});
process.on("SIGTERM", () => server.close());
