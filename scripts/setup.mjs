#!/usr/bin/env node
// Everything that needs the network, so that the rest can run without one: packages, redis-server and (with --test) Chromium.
import { requireChromium, requireNode, requirePackages, requireRedis } from './lib/setup.mjs';

requireNode();
await requirePackages();
const redis = await requireRedis();
const chromium = !process.argv.includes('--test') || (await requireChromium());
process.exit(redis && chromium ? 0 : 1);
