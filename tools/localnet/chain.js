// A Surfpool chain with its JSON-RPC and websocket servers on fixed ports of 127.0.0.1, for as long as standard input is open.
//
//   node chain.js RPC_PORT WS_PORT PROGRAM_ID PROGRAM_FILE
//
// Prints one line of JSON: {"ready": null} when it is ready, or {"error": "..."} before it exits with code 1.
// Signals are left to the process that started this one: Ctrl-C reaches both, and that one may still have to read the chain. When
// it ends, in whatever way, standard input ends.
"use strict";

const net = require("node:net");

const HOST = "127.0.0.1";
const SLOT_MS = 400;

function fail(message) {
  process.stdout.write(`${JSON.stringify({ error: message })}\n`, () => process.exit(1));
}

/// Listens on `port`, and joins every connection with one to the server behind `url`.
function forward(port, url) {
  const target = { host: HOST, port: Number(new URL(url).port) };
  return new Promise((resolve, reject) => {
    const server = net.createServer((outside) => {
      const inside = net.connect(target);
      for (const [one, other] of [[outside, inside], [inside, outside]]) {
        one.setNoDelay(true);
        one.pipe(other);
        // Either end may hang up at any time.
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
      }
    });
    server.on("error", (error) => {
      const why = error.code === "EADDRINUSE" ? "is in use by another program" : `can't be opened: ${error.message}`;
      reject(new Error(`port ${port} ${why}: choose others with --port and --ws-port, or stop that program`));
    });
    server.listen(port, HOST, () => resolve());
  });
}

/// The package for this platform; the addon it holds is native code.
function surfpool() {
  try {
    return require("@solana/surfpool-linux-x64-gnu").Surfnet;
  } catch (error) {
    throw new Error(`the chain can't be loaded (Linux on x86-64 with glibc only; run \`cargo xtask setup\`): ${error.message}`);
  }
}

async function main([rpcPort, wsPort, programId, programFile]) {
  const chain = surfpool().startWithConfig({ offline: true, blockProductionMode: "clock", slotTimeMs: SLOT_MS });
  const stop = () => {
    try {
      chain.stop();
    } finally {
      process.exit(0);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  // Whoever no longer listens has closed standard input, too.
  process.stdout.on("error", () => {});
  process.stdin.on("end", stop).on("error", stop).resume();

  chain.deploy({ programId, soPath: programFile });
  await forward(Number(rpcPort), chain.rpcUrl);
  await forward(Number(wsPort), chain.wsUrl);
  // Its events are for a screen that is not there; unread, they pile up.
  setInterval(() => chain.drainEvents(), 1_000);
  process.stdout.write(`${JSON.stringify({ ready: null })}\n`);
}

main(process.argv.slice(2)).catch((error) => fail(error.message));
