// lmdb alone: commits that fail with ENOSPC again and again
import { open } from 'lmdb';
import { execFileSync } from 'node:child_process';
import { writeFileSync, rmSync } from 'node:fs';
const dir='/tmp/x/small';
try { execFileSync('umount',['-l',dir],{stdio:'ignore'}); } catch {}
execFileSync('mount',['-t','tmpfs','-o','size=8m','tmpfs',dir]);
const [,, batching, changes, noMeta] = process.argv;
const root = open({ path: dir+'/q', maxDbs:5, overlappingSync:false, ...(noMeta==='no'?{}:{noMetaSync:true}), eventTurnBatching: batching==='yes' });
const q = root.openDB({name:'queue', encoding:'msgpack'}), n = root.openDB({name:'notes',encoding:'string'});
process.on('unhandledRejection', () => {});
let at=0;
const commit=()=>{ at++; return root.batch(()=>{ for(let i=0;i<Number(changes);i++){ (n.put('k'+at+'-'+i,'x'.repeat(300)) as any)?.catch?.(()=>{}); (q.put(['main',at*1000+i],{time:1,e:['x'.repeat(500+at%100)]}) as any)?.catch?.(()=>{});} }); };
for(let i=0;i<50;i++) await commit();
try { for(let i=0;i<16;i++) writeFileSync(dir+'/filler',Buffer.alloc(1<<20),{flag:'a'}); } catch(e){ }
let failed=0;
for(let i=0;i<200;i++){ try { await commit(); } catch(e:any){ failed++; e.commitError?.catch(()=>{}); } await new Promise(r=>setTimeout(r,5)); }
rmSync(dir+'/filler');
let ok=0; for(let i=0;i<50;i++){ try { await commit(); ok++; } catch(e:any){ e.commitError?.catch(()=>{}); } }
console.log({failed, ok, count: [...q.getKeys({})].length});
process.exit();
