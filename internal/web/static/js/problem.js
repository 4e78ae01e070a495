// Refused is what the server does not take, in words for people. taken says that
// somebody else is sending it.
export class Refused extends Error {
  taken = false;
}

// problemOf is what went wrong, in words for people, from an answer of the API
// (RFC 9457).
export function problemOf(status, body) {
  let problem = {};
  try {
    problem = JSON.parse(body);
  } catch {
    // not from us: a proxy before the server, or nothing at all
  }
  const fields = (problem.errors ?? []).map((e) => e.message).filter(Boolean);
  if (problem.detail) return [problem.detail, ...fields].join(" ");
  if (status === 413) return "That is more than this server takes at once.";
  return `The server did not take it (${status}).`;
}
