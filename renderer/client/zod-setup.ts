import { z } from 'zod';

// The page's policy forbids making code from text, which zod would try as soon as the first schema is
// built. So this comes before the import of any schema.
z.config({ jitless: true });
