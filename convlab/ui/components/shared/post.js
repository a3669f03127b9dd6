// One question to PyTorch over a route beside Streamlit: text and bytes there, a packed message back.

async function post(route, header, bytes, mostMs) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const body = new Blob([Uint32Array.of(text.length), text, bytes], { type: "application/octet-stream" });
  const answer = await fetch(route, { method: "POST", body, signal: AbortSignal.timeout(mostMs) });
  if (!answer.ok) throw new Error(`${route}: ${answer.status}`);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}
