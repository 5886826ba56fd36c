import json,sys
from datetime import date
from services.outreach.radar.recognise import recognise,Told
part=sys.argv[1]
bad=0
for l in open(f"tests/evals/radar/{part}.jsonl"):
    c=json.loads(l)
    rel=c.get("relation","partner"); names=[c["partner"]] if c.get("partner") else []
    told=Told(rel,names,date.fromisoformat(c.get("made","2026-03-10")),first_person=rel!="news")
    f=recognise(c["text"],c["lang"],told)
    if f.verdict!=c["truth"]:
        bad+=1
        print(f"{c['truth']:8} -> {f.verdict:8} {c['text'][:170]!r}\n      {[(s.rule,s.words) for s in f.signs]}")
print(bad)
if len(sys.argv)>2:
    from services.outreach.radar.draft import *
    for l in open(f"tests/evals/radar/{part}.jsonl"):
        c=json.loads(l)
        rel=c.get("relation","partner"); names=[c["partner"]] if c.get("partner") else []
        told=Told(rel,names,date.fromisoformat(c.get("made","2026-03-10")),first_person=rel!="news")
        f=recognise(c["text"],c["lang"],told)
        if f.verdict in("success","trouble","mixed"):
            to=Addressed(c["lang"],manner_of("mirror",c["text"],one_person=rel=="decision_maker"),c["partner"] if rel=="news" else "")
            print(f"[{f.verdict}/{f.kind}] {c['text'][:90]!r}\n   {write(f,c['text'],to,lambda t:True)}")
