"""The German and English abbreviations whose full stop is not, or not always, a sentence's end."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NEVER_END_A_SENTENCE = _words("""
    ABl Abb Abs Anh Anl Anm Aufl Ausg Az BGBl Bd Bde Beschl Bsp Buchst Drs Drucks Ebd Evtl Fa Fn
    Fr Frl GVBl Gem Ggf Halbs Hg Hr Hrn Hrsg Insb Jg Kap Lfd Nr Nrn Pkt Pos Prof Dr Randnr Rdn
    Rdnr Rn Rz Sog Stellv Tab Tel Tz Univ Urt Verf Vgl Vors Ziff abzgl allg beispielsw betr bspw
    bzgl bzw ca dt ehem einschl engl entspr ev evtl exkl franz frz geb gem gen ges gest ggf habil
    iSd iSv iVm inkl insb insbes iur jährl jur kath lfd lit lt med mind mtl nat phil rer resp sog
    sogen staatl stellv städt teilw urspr verh vgl wg zit zzgl zzt öffentl österr Capt Col Dept
    Gen Gov Hon Messrs Mr Mrs Ms Mt Rep Rev Sen Sgt St approx cf dept est incl vs viz
""")
"""Something always follows: "Dr. Klein", "vgl. Die Zeit", "Nr. 5"."""

MAY_END_A_SENTENCE = _words("""
    Abt Anw Apr Aug Betr Bez Bhf Bros Co Corp Dec Dez Dgl Dipl Feb Febr Hbf Inc Ing Inst Jan Jh
    Jhd Jhdt Jr Jul Jun Kl Kr Lkr Ltd Max Mag Mar Min Mio Mitgl Mrd Mrz Nov Oct Okt Org Pl Ref Reg
    Sek Sep Sept Sr Std Stk Str Tsd Verb Verl Verw Vertr al bes ders dgl ebd etc exempl f ff ibid
    kompl max min sek std usf usw vorl wiss
""")
"""The sentence ends if a word follows that only a sentence's start would capitalise."""

BEFORE_A_NUMBER = _words("""
    Alt Art Ch Di Do Eq Fig Figs Mi Mo No Nos Par Sa Sec Sect So Sp Vol art fig no nos pp sec vol
""")
"""An abbreviation in front of a number, an ordinary word elsewhere: "Art. 5", "dieser Art."."""

NEVER_ENDING_CHAINS = _words("""
    d.h D.h D.H d.i e.g E.g f.d h.M i.A i.d.F i.d.R I.d.R i.d.S i.e I.e i.H.v i.R.d i.S i.S.d
    i.S.v i.V.m i.w.S i.e.S i.Z.m m.a.W M.a.W m.E M.E m.W.v n.F a.F o.g O.g s.g sog S.d u.U U.U
    u.z v.a V.a z.B Z.B z.b z.Hd z.T Z.T z.Zt
""")
"""Abbreviations of several parts, written without spaces, after which the sentence goes on."""

STARTERS = _words("""
    Ab Aber Alle Allein Aller Allerdings Alles Als Also Am An Andere Anderer Andererseits
    Andernfalls Anders Anfangs Anschließend Anstatt Auch Auf Aufgrund Aus Außer Außerdem Bei Beide
    Beim Bereits Besonders Bevor Bis Bisher Bislang Bitte Da Dabei Dadurch Dafür Dagegen Daher
    Damals Damit Danach Daneben Danke Dann Daran Darauf Daraufhin Daraus Darin Darum Darunter
    Darüber Das Dass Davon Davor Dazu Dein Deine Dem Demnach Demzufolge Den Denen Denn Dennoch Der
    Deren Derzeit Des Deshalb Dessen Desto Deswegen Dich Die Dies Diese Diesem Diesen Dieser
    Dieses Dir Doch Dort Du Durch Ebenfalls Ebenso Eigentlich Ein Eine Einem Einen Einer
    Einerseits Eines Einige Einmal Endlich Entweder Er Erst Erstens Es Etwa Etwas Euch Euer Eure
    Falls Ferner Folglich Für Gegen Gemäß Genau Gerade Gibt Gilt Habe Haben Hat Hatte Hatten Heute
    Hier Hierbei Hierdurch Hierfür Hiermit Hierzu Hinter Hinzu Ich Ihm Ihn Ihnen Ihr Ihre Ihrem
    Ihren Ihrer Im Immer In Indem Infolge Innerhalb Insbesondere Insgesamt Insofern Inzwischen
    Irgendwann Ist Ja Je Jede Jedem Jeden Jeder Jedes Jedoch Jene Jetzt Kann Kein Keine Keinen
    Keiner Können Könnte Lediglich Leider Liegt Man Manche Mehr Mehrere Mein Meine Meist Meistens
    Mit Mittlerweile Muss Müssen Nach Nachdem Natürlich Neben Nein Nicht Nichts Nie Niemand Noch
    Nun Nur Ob Obwohl Oder Oft Ohne Schließlich Schon Sehr Sei Sein Seine Seinem Seinen
    Seiner Seit Seitdem Selbst Sie Sind So Sobald Sodann Sofern Sogar Solange Solche Soll Sollen
    Sollte Sollten Somit Sondern Sonst Soweit Sowohl Später Statt Stattdessen Teilweise Trotz
    Trotzdem Um Und Uns Unser Unsere Unter Viel Viele Vielen Vielleicht Vielmehr Vom Von Vor
    Vorher Wann War Waren Warum Was Wegen Weil Weiter Weitere Weiterhin Welche Welcher Welches
    Wenn Wer Werden Weshalb Wie Wieder Wieso Will Wir Wird Wo Wobei Woher Wohin Wollen Womit
    Worauf Worin Wurde Wurden Während Zu Zudem Zuerst Zuletzt Zum Zumal Zunächst Zur Zurzeit
    Zusammen Zusätzlich Zuvor Zwar Zweitens Zwischen Ähnlich Über Überdies Übrigens About After
    Again Against Although Among And Another Any Are As At Because Before Being Between Both But
    By Can Could Despite Did Do Does During Each Either Even Every Finally First For From Further
    Furthermore Had Has Have He Hence Her Here His How However If Indeed Instead Into Is It Its
    Just Later Many Meanwhile Moreover Most Much My Neither Never Nevertheless No Nor Not Now Of
    On Once One Only Or Other Others Our Out Over Perhaps Please Rather Several She Should
    Similarly Since Some Still Such Thanks That The Their Then There Therefore These They This
    Those Though Through Thus To Today Together Under Until Upon Was We Were What When Where
    Whether Which While Who Whose Why With Within Without Would Yes Yet You Your
""")
"""Words that inside a German or English sentence are written small."""
