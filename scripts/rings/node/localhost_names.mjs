// Resolves *.localhost to the loopback address, which browsers do by themselves and Node does not.

import dns from "node:dns";

const lookup = dns.lookup;

dns.lookup = (name, options, done) => lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, options, done);
