// Made by scripts/fixtures/reviews.py.

/// 600 short reviews, put together of phrases that were written for this: half of them praise, half complain.
enum ReviewTexts {
  static let classes = ["negative", "positive"]
  /// So many from the start are for training; the others are for the test.
  static let trainingCount = 480

  /// A review a line: its class, and the text.
  static let lines: StaticString = """
    1Highly recommended. The curtain was just right and the second act lovely.
    0Disappointing, from the queue to the coffee.
    1What an album! The sound is excellent.
    1Not dreadful at all: the stand is brilliant.
    0Who says the sound is first class? The album is terrible, and we will not be back.
    0What a chair! The cover is dreadful.
    1Excellent, from the case to the battery.
    0My chair has a seat that is dreadful - I want my money back!
    0This film is terrible, above all the music.
    1The roof of this tent is superb: I could not ask for more.
    0The last level was superb, but the game as a whole is disappointing; we will not be back.
    1What a coat! The cut is first class.
    0The hall of this concert is dreadful: never again.
    0I expected so much more. The cake was horrible and the coffee disappointing.
    1Not dreadful at all: the second act is charming.
    1The dialogue of this film is delightful: highly recommended.
    1The museum is great, I was happy all evening.
    1Better than I had hoped. The case was excellent and the camera splendid.
    0The course is dull, a real shame.
    1The voice of this album is superb: I was happy all evening.
    0It rained that day. Who says the case is first class? The phone is disappointing, and everyone left early.
    1Who says the cast is awful? The play is just right, and I was happy all evening.
    0What a phone! The battery is a mess.
    1The last lesson of this course is lovely: we loved every minute.
    1The plot was awful, but the book as a whole is lovely; I was happy all evening.
    1A real treat. The service was charming and the fish brilliant.
    1The view was a bore, but the hotel as a whole is just right; we loved every minute.
    1What a book! The prose is first class.
    0They call the back superb. To me it was a letdown.
    1My lamp has a stand that is wonderful - we will be back!
    1The homework of this course is superb: better than I had hoped.
    0A real shame. The bag was dreadful and the pole disappointing.
    1Not awful at all: the café is a joy.
    1I could not ask for more. The ending was a joy and the cast great.
    0Who says the choice of songs is wonderful? The concert is dreadful, and I have warned all my friends.
    0We came by train. A mess, from the service to the soup.
    0We came by train. The hood was lovely, but the coat as a whole is a mess; we will not be back.
    1Ten out of ten. The lining was charming and the hood a joy.
    0Who says the bread is charming? The bakery is horrible, and never again.
    0I bought it in spring. We will not be back. The textbook was second rate and the teacher terrible.
    0What a museum! The garden is disappointing.
    0I went with my sister. This book is a mess, above all the cover.
    0They call the story delightful. To me it was second rate.
    0My coat has a lining that is poor - it ruined my week!
    0My play has a stage that is dull - avoid it!
    0It rained that day. A letdown, from the bread to the dessert.
    1I went with my sister. The phone is wonderful, it made my week.
    1This museum is charming, above all the audio tour.
    1They call the last level a bore. To me it was superb.
    0The service was great, but the bakery as a whole is flimsy; I was bored all evening.
    1What a book! The cover is charming.
    1It rained that day. I was happy all evening. The shade was great and the cable superb.
    0It rained that day. Who says the frame is superb? The chair is second rate, and everyone left early.
    1We will be back. The bread was wonderful and the coffee excellent.
    1What a concert! The choice of songs is delightful.
    1The case of this phone is a joy: it made my week.
    1It won me over at once. The homework was lovely and the last lesson just right.
    0The film is flimsy, I want my money back.
    0The hotel is a letdown, I have warned all my friends.
    0Not a joy at all: the cut is disappointing.
    1What a meal! The soup is delightful.
    0I went with my sister. Not great at all: the puzzle is a mess.
    0My third one this year. My coat has a lining that is disappointing - avoid it!
    0I went with my sister. This album is terrible, above all the first song.
    0My game has a music that is a bore - it lost me at once!
    0My coat has a hood that is second rate - everyone left early!
    0It rained that day. The stand of this lamp is dreadful: never again.
    1Highly recommended. The back was lovely and the seat splendid.
    1My third one this year. My museum has a new wing that is lovely - it made my week!
    1Worth every penny. The case was a joy and the screen wonderful.
    0A mess, from the ending to the prose.
    1The café was awful, but the museum as a whole is lovely; a real treat.
    0A bore, from the queue to the bread.
    1Who says the switch is horrible? The lamp is superb, and we will be back.
    1The film is lovely, everyone left smiling.
    1They call the light flimsy. To me it was splendid.
    0What an album! The guitar is second rate.
    1My concert has a sound that is splendid - I would do it again tomorrow!
    0This book is poor, above all the cover.
    0I bought it in spring. The guide was brilliant, but the museum as a whole is a letdown; avoid it.
    0My game has a music that is second rate - avoid it!
    1Better than I had hoped. The audio tour was charming and the new wing just right.
    1The cake was a bore, but the bakery as a whole is just right; highly recommended.
    1My chair has a cover that is excellent - ten out of ten!
    1This lamp is just right, above all the stand.
    1The service of this meal is excellent: it made my week.
    0The view was just right, but the hotel as a whole is second rate; it ruined my week.
    0What a chair! The seat is dreadful.
    1Not a letdown at all: the cover is charming.
    0Everyone left early. The drummer was second rate and the hall dreadful.
    1My coat has a colour that is wonderful - I would do it again tomorrow!
    1Not horrible at all: the case is lovely.
    1A joy, from the sound to the first song.
    0I bought it in spring. My book has a cover that is a mess - I expected so much more!
    0This concert is dull, above all the singer.
    1My third one this year. They call the music dull. To me it was superb.
    0What a game! The last level is a bore.
    1The camera of this phone is splendid: better than I had hoped.
    1Not second rate at all: the case is brilliant.
    0Who says the bread is a joy? The bakery is flimsy, and never again.
    1This hotel is first class, above all the breakfast.
    1My third one this year. Who says the screen is awful? The phone is delightful, and it won me over at once.
    1My concert has a choice of songs that is just right - everyone left smiling!
    1I bought it in spring. My museum has a audio tour that is first class - we loved every minute!
    0My concert has a drummer that is second rate - worse than I had feared!
    1Not poor at all: the cover is charming.
    1Not awful at all: the shade is charming.
    1Not poor at all: the puzzle is just right.
    0Not superb at all: the new wing is terrible.
    1Not poor at all: the audio tour is just right.
    0The ending of this film is awful: a real shame.
    1Better than I had hoped. The textbook was superb and the teacher a joy.
    1My third one this year. This film is great, above all the music.
    0A waste of time. The singer was dull and the sound disappointing.
    1They call the puzzle dull. To me it was first class.
    0It ruined my week. The back was a mess and the wood second rate.
    0Disappointing, from the soup to the service.
    1I bought it in spring. The new wing was a bore, but the museum as a whole is wonderful; a real treat.
    0This tent is horrible, above all the zip.
    1What a tent! The roof is splendid.
    1My film has a music that is wonderful - it won me over at once!
    0I expected so much more. The cast was poor and the ending dreadful.
    0I went with my sister. Who says the plot is superb? The book is horrible, and it lost me at once.
    1Who says the camera work is dreadful? The film is wonderful, and we will be back.
    1Not dreadful at all: the dialogue is superb.
    0This coat is a letdown, above all the hood.
    1They call the camera awful. To me it was delightful.
    1It was a Tuesday. This meal is first class, above all the bread.
    0What a concert! The choice of songs is horrible.
    0They call the hall splendid. To me it was awful.
    1My meal has a soup that is charming - I was happy all evening!
    1My third one this year. What a chair! The seat is wonderful.
    1They call the homework poor. To me it was brilliant.
    0What an album! The first song is dull.
    0It rained that day. They call the battery first class. To me it was second rate.
    0The hotel is disappointing, a real shame.
    1My museum has a garden that is lovely - worth every penny!
    1Lovely, from the room to the breakfast.
    0It rained that day. This bakery is a mess, above all the bread.
    0They call the plot lovely. To me it was second rate.
    0It was a Tuesday. The frame was delightful, but the chair as a whole is awful; two out of ten.
    0My museum has a café that is second rate - we will not be back!
    1They call the second act terrible. To me it was delightful.
    0The service of this meal is a bore: two out of ten.
    0The first song of this album is a letdown: everyone left early.
    1We came by train. This film is delightful, above all the camera work.
    0Not excellent at all: the first chapter is a bore.
    1What a museum! The café is lovely.
    1I went with my sister. The cover of this book is just right: I could not ask for more.
    1The room was a letdown, but the hotel as a whole is superb; we will be back.
    1Not a letdown at all: the last track is brilliant.
    0What a phone! The battery is dull.
    1The phone is first class, I could not ask for more.
    1The stand was awful, but the lamp as a whole is superb; it made my week.
    0What a concert! The hall is awful.
    1We came by train. This album is charming, above all the voice.
    0I went with my sister. They call the back delightful. To me it was horrible.
    1The film is first class, I have told all my friends.
    1What an album! The first song is charming.
    1The singer was terrible, but the concert as a whole is superb; I could not ask for more.
    1My course has a textbook that is a joy - highly recommended!
    1Not a letdown at all: the bread is brilliant.
    1It was a Tuesday. Excellent, from the soup to the fish.
    0The chair is disappointing, never again.
    0The game is horrible, never again.
    1The first chapter was awful, but the book as a whole is superb; a real treat.
    1Lovely, from the breakfast to the bed.
    1Not horrible at all: the cast is great.
    1A joy, from the audio tour to the café.
    0Not delightful at all: the last track is a mess.
    1The staff of this hotel is lovely: it won me over at once.
    1It was a Tuesday. What an album! The first song is first class.
    0The homework was superb, but the course as a whole is flimsy; everyone left early.
    1My book has a prose that is delightful - I could not ask for more!
    0A mess, from the guitar to the voice.
    1My lamp has a shade that is superb - I would do it again tomorrow!
    0The music of this film is dull: a real shame.
    1Who says the voice is horrible? The album is wonderful, and everyone left smiling.
    1The camera of this phone is delightful: I have told all my friends.
    1Superb, from the bread to the coffee.
    1Not horrible at all: the bread is splendid.
    0They call the first song delightful. To me it was a mess.
    0The colour of this coat is a bore: we regretted every minute.
    1Who says the guitar is terrible? The album is first class, and a real treat.
    0My third one this year. They call the switch splendid. To me it was dreadful.
    0My third one this year. The meal is a mess, it lost me at once.
    1The seat was dreadful, but the chair as a whole is lovely; a real treat.
    1I bought it in spring. Not a bore at all: the sound is great.
    1I could not ask for more. The curtain was lovely and the cast delightful.
    1This chair is first class, above all the cover.
    0Second rate, from the last level to the puzzle.
    1This album is just right, above all the sound.
    0What a museum! The new wing is disappointing.
    0What a game! The music is a letdown.
    1I bought it in spring. The battery of this phone is charming: we loved every minute.
    0The phone is a letdown, avoid it.
    1My phone has a case that is superb - ten out of ten!
    1The stand was second rate, but the lamp as a whole is splendid; I would do it again tomorrow.
    0The book is awful, worse than I had feared.
    1The light was terrible, but the lamp as a whole is great; better than I had hoped.
    1My play has a ending that is splendid - ten out of ten!
    1What a book! The cover is just right.
    1Excellent, from the bag to the pole.
    0What a coat! The lining is a letdown.
    1Not dreadful at all: the bed is brilliant.
    0Two out of ten. The dialogue was second rate and the ending a mess.
    0The coat is second rate, never again.
    0The guide was superb, but the museum as a whole is disappointing; I was bored all evening.
    0My hotel has a bed that is dull - never again!
    0Terrible, from the bed to the staff.
    1The roof was dreadful, but the tent as a whole is splendid; I could not ask for more.
    0They call the cast splendid. To me it was a bore.
    0The tent is disappointing, it lost me at once.
    0The shade was a joy, but the lamp as a whole is a letdown; a real shame.
    1We came by train. The concert is a joy, I would do it again tomorrow.
    0I bought it in spring. My course has a last lesson that is poor - I want my money back!
    1It was a Tuesday. The staff was second rate, but the hotel as a whole is charming; we will be back.
    0They call the pole splendid. To me it was second rate.
    1This book is first class, above all the ending.
    0My museum has a guide that is awful - I expected so much more!
    1The puzzle of this game is wonderful: it made my week.
    0Poor, from the service to the bread.
    0What a phone! The battery is second rate.
    1Excellent, from the bread to the soup.
    1My chair has a back that is a joy - highly recommended!
    1I went with my sister. The roof of this tent is just right: I was happy all evening.
    1Who says the first chapter is poor? The book is delightful, and it won me over at once.
    0Never again. The garden was a letdown and the café a mess.
    0They call the cast superb. To me it was poor.
    0The audio tour of this museum is horrible: it ruined my week.
    0What a game! The last level is flimsy.
    1Splendid, from the last track to the guitar.
    1My concert has a choice of songs that is wonderful - I would do it again tomorrow!
    0My phone has a sound that is a letdown - I want my money back!
    1What a phone! The screen is great.
    0We came by train. The hood of this coat is poor: a waste of time.
    1It was a Tuesday. They call the curtain disappointing. To me it was excellent.
    1Who says the cover is disappointing? The chair is just right, and it won me over at once.
    1My game has a map that is excellent - it won me over at once!
    1This coat is splendid, above all the colour.
    0The case was just right, but the phone as a whole is awful; two out of ten.
    0This film is second rate, above all the camera work.
    0They call the audio tour brilliant. To me it was disappointing.
    1It was a Tuesday. My course has a pace that is splendid - a real treat!
    1My hotel has a bed that is brilliant - a real treat!
    0Who says the soup is lovely? The meal is dull, and a waste of time.
    1What a hotel! The bed is a joy.
    0My third one this year. Dreadful, from the bed to the breakfast.
    1Who says the cover is dull? The book is delightful, and we loved every minute.
    0This album is dull, above all the last track.
    1The hotel is charming, better than I had hoped.
    1We came by train. My album has a guitar that is splendid - I have told all my friends!
    1What a tent! The bag is lovely.
    0Flimsy, from the last track to the first song.
    0The lining of this coat is second rate: two out of ten.
    0My third one this year. They call the zip wonderful. To me it was horrible.
    1Not terrible at all: the ending is excellent.
    0They call the cover wonderful. To me it was a bore.
    0The concert is dull, I expected so much more.
    1The floor of this tent is first class: we will be back.
    0Not delightful at all: the hood is a bore.
    1Splendid, from the zip to the lining.
    1Excellent, from the view to the staff.
    0It rained that day. The sound of this phone is a bore: avoid it.
    1They call the garden terrible. To me it was lovely.
    1I have told all my friends. The battery was excellent and the camera wonderful.
    1It was a Tuesday. The curtain of this play is just right: a real treat.
    0Not a joy at all: the lining is disappointing.
    1The colour of this coat is great: I could not ask for more.
    0Not wonderful at all: the audio tour is a bore.
    1Not awful at all: the service is excellent.
    0The film is poor, I was bored all evening.
    0Who says the light is superb? The lamp is flimsy, and never again.
    1What a book! The prose is lovely.
    1Not dull at all: the pole is lovely.
    1The room of this hotel is splendid: I would do it again tomorrow.
    1I went with my sister. I could not ask for more. The music was first class and the camera work just right.
    0Horrible, from the cable to the switch.
    0The first song was first class, but the album as a whole is a bore; two out of ten.
    1Everyone left smiling. The textbook was splendid and the last lesson brilliant.
    0What a chair! The cover is a mess.
    0They call the service brilliant. To me it was awful.
    1They call the frame terrible. To me it was just right.
    1My hotel has a room that is brilliant - ten out of ten!
    1They call the voice flimsy. To me it was first class.
    0My course has a homework that is a letdown - avoid it!
    0They call the pace excellent. To me it was a mess.
    1My tent has a bag that is wonderful - it made my week!
    1The ending was a letdown, but the book as a whole is splendid; I was happy all evening.
    0Two out of ten. The room was a letdown and the staff poor.
    1The audio tour of this museum is brilliant: I was happy all evening.
    1The frame was awful, but the chair as a whole is first class; everyone left smiling.
    0What a coat! The colour is dull.
    1It made my week. The seat was first class and the back brilliant.
    1The camera was terrible, but the phone as a whole is superb; highly recommended.
    0The stand of this lamp is disappointing: it lost me at once.
    1My phone has a case that is first class - I would do it again tomorrow!
    0They call the sound lovely. To me it was disappointing.
    0Worse than I had feared. The sound was terrible and the camera second rate.
    1My film has a camera work that is first class - better than I had hoped!
    0The bakery is a bore, never again.
    0I bought it in spring. The hood of this coat is poor: we will not be back.
    1Not dreadful at all: the staff is delightful.
    1I bought it in spring. Splendid, from the café to the guide.
    0The bed of this hotel is poor: I was bored all evening.
    0The hall of this concert is a mess: I expected so much more.
    1Who says the cast is a mess? The film is wonderful, and everyone left smiling.
    1First class, from the teacher to the homework.
    1My third one this year. They call the voice a bore. To me it was charming.
    0The cable was splendid, but the lamp as a whole is a letdown; I have warned all my friends.
    0My play has a stage that is a bore - a waste of time!
    0It was a Tuesday. Who says the sound is excellent? The concert is a bore, and never again.
    1The hood of this coat is first class: I could not ask for more.
    1Who says the bread is second rate? The meal is lovely, and a real treat.
    1The cover was second rate, but the chair as a whole is brilliant; I could not ask for more.
    0The phone is horrible, two out of ten.
    1They call the sound dull. To me it was splendid.
    0The book is a letdown, it ruined my week.
    0What an album! The sound is dull.
    0This film is poor, above all the ending.
    0The textbook of this course is dull: we will not be back.
    0This hotel is disappointing, above all the bed.
    0The lining of this coat is horrible: I want my money back.
    0This course is flimsy, above all the teacher.
    1They call the drummer a letdown. To me it was splendid.
    1We came by train. Who says the cake is poor? The bakery is superb, and I would do it again tomorrow.
    1Wonderful, from the service to the queue.
    1Ten out of ten. The roof was brilliant and the bag a joy.
    1I bought it in spring. Lovely, from the ending to the plot.
    1The service was horrible, but the bakery as a whole is first class; better than I had hoped.
    1We loved every minute. The voice was just right and the first song wonderful.
    0A mess, from the wood to the seat.
    1This bakery is brilliant, above all the bread.
    0Dreadful, from the seat to the frame.
    0I went with my sister. The hotel is a bore, I want my money back.
    0The sound was lovely, but the album as a whole is awful; a real shame.
    0Disappointing, from the singer to the drummer.
    1It rained that day. What a play! The curtain is great.
    1They call the frame disappointing. To me it was splendid.
    1The prose was dreadful, but the book as a whole is superb; we loved every minute.
    0The tent is horrible, a waste of time.
    0What a coat! The lining is dreadful.
    0The play is dreadful, I have warned all my friends.
    1Who says the music is a letdown? The game is superb, and we will be back.
    1The dialogue of this film is wonderful: ten out of ten.
    1We came by train. They call the battery a mess. To me it was excellent.
    0What a phone! The screen is terrible.
    1The lamp is just right, a real treat.
    1Brilliant, from the ending to the cover.
    0It was a Tuesday. The album is horrible, two out of ten.
    0Who says the bed is just right? The hotel is flimsy, and I have warned all my friends.
    1First class, from the choice of songs to the drummer.
    0They call the pace wonderful. To me it was awful.
    0It was a Tuesday. Two out of ten. The sound was dull and the case disappointing.
    0Two out of ten. The bed was dull and the staff a letdown.
    1Not flimsy at all: the camera is superb.
    1It rained that day. Who says the garden is dreadful? The museum is great, and I was happy all evening.
    0My phone has a battery that is awful - never again!
    0The bakery is a bore, a real shame.
    0What a course! The last lesson is flimsy.
    0Who says the service is charming? The bakery is a bore, and I expected so much more.
    0They call the zip lovely. To me it was awful.
    0I went with my sister. Not great at all: the drummer is a mess.
    1Who says the last level is dull? The game is first class, and we loved every minute.
    0It rained that day. This meal is a bore, above all the soup.
    0Dull, from the sound to the screen.
    0What a chair! The seat is a letdown.
    0The concert is horrible, I was bored all evening.
    1They call the lining dull. To me it was just right.
    0A waste of time. The drummer was flimsy and the sound a letdown.
    0What a play! The curtain is terrible.
    1This tent is charming, above all the zip.
    1The story of this game is superb: I would do it again tomorrow.
    0This chair is flimsy, above all the seat.
    1The wood of this chair is lovely: worth every penny.
    1Superb, from the staff to the view.
    0I went with my sister. Terrible, from the bread to the dessert.
    0Not just right at all: the homework is terrible.
    1We loved every minute. The textbook was superb and the last lesson excellent.
    1The bread of this bakery is splendid: it made my week.
    1Not a mess at all: the zip is a joy.
    1We will be back. The audio tour was delightful and the garden wonderful.
    0We came by train. The film is a bore, I expected so much more.
    0We came by train. What an album! The last track is a bore.
    1The sound was flimsy, but the concert as a whole is just right; highly recommended.
    1Not terrible at all: the drummer is brilliant.
    1We came by train. The back was a letdown, but the chair as a whole is a joy; worth every penny.
    1I could not ask for more. The cast was wonderful and the camera work first class.
    0A mess, from the staff to the bed.
    0We will not be back. The cover was terrible and the plot dreadful.
    1Not dreadful at all: the cut is just right.
    1They call the drummer terrible. To me it was first class.
    0Dreadful, from the wood to the cover.
    0The shade was superb, but the lamp as a whole is a bore; we regretted every minute.
    1The tent is just right, worth every penny.
    1My course has a pace that is great - it made my week!
    0The book is a letdown, worse than I had feared.
    0My book has a first chapter that is horrible - everyone left early!
    0Who says the camera work is excellent? The film is a letdown, and avoid it.
    1What a coat! The lining is excellent.
    0I went with my sister. My play has a stage that is second rate - I expected so much more!
    1Who says the garden is disappointing? The museum is a joy, and a real treat.
    0The museum is terrible, I expected so much more.
    0Disappointing, from the zip to the floor.
    0The battery of this phone is flimsy: I expected so much more.
    0What a play! The second act is horrible.
    1This meal is brilliant, above all the dessert.
    1We came by train. The play is wonderful, we will be back.
    0This lamp is disappointing, above all the switch.
    0The lamp is a letdown, I want my money back.
    0The garden was charming, but the museum as a whole is awful; everyone left early.
    0What a hotel! The staff is dull.
    1It rained that day. Who says the breakfast is dreadful? The hotel is just right, and a real treat.
    0What a film! The camera work is dull.
    1Who says the shade is a bore? The lamp is delightful, and a real treat.
    1Highly recommended. The dialogue was brilliant and the cast just right.
    0They call the pace wonderful. To me it was poor.
    1The phone is brilliant, a real treat.
    0The lamp is terrible, a waste of time.
    0What a phone! The case is second rate.
    1This course is a joy, above all the pace.
    1The cut was second rate, but the coat as a whole is great; worth every penny.
    1Not terrible at all: the last track is delightful.
    1It won me over at once. The service was delightful and the coffee superb.
    0It lost me at once. The wood was poor and the back disappointing.
    0I want my money back. The frame was poor and the seat dreadful.
    1This album is superb, above all the last track.
    0We came by train. The first song was splendid, but the album as a whole is disappointing; we will not be back.
    0This coat is horrible, above all the lining.
    0It rained that day. They call the sound delightful. To me it was a bore.
    1Highly recommended. The story was brilliant and the puzzle lovely.
    0The phone is second rate, everyone left early.
    1I went with my sister. Ten out of ten. The story was brilliant and the last level lovely.
    1They call the pole poor. To me it was excellent.
    1Charming, from the switch to the light.
    1What a lamp! The shade is excellent.
    1Who says the light is awful? The lamp is delightful, and we loved every minute.
    0They call the hall great. To me it was terrible.
    1I bought it in spring. Who says the café is poor? The museum is delightful, and a real treat.
    0They call the story just right. To me it was second rate.
    0The book is dreadful, never again.
    0The lamp is poor, never again.
    0My game has a music that is awful - I have warned all my friends!
    0Who says the zip is wonderful? The tent is dull, and everyone left early.
    0The tent is second rate, a waste of time.
    0The seat was a joy, but the chair as a whole is flimsy; I was bored all evening.
    0I bought it in spring. The queue of this bakery is dull: never again.
    1The play is great, ten out of ten.
    0My game has a last level that is dreadful - I want my money back!
    1They call the roof horrible. To me it was superb.
    1This lamp is great, above all the cable.
    0This meal is a letdown, above all the bread.
    1I went with my sister. The fish of this meal is brilliant: we loved every minute.
    1I was happy all evening. The battery was delightful and the sound superb.
    0They call the dessert brilliant. To me it was second rate.
    0This coat is dreadful, above all the colour.
    0The cast was lovely, but the play as a whole is terrible; worse than I had feared.
    1This album is lovely, above all the first song.
    0Flimsy, from the first song to the sound.
    1Not poor at all: the service is great.
    0Who says the colour is a joy? The coat is dreadful, and I want my money back.
    1Who says the dialogue is second rate? The film is just right, and highly recommended.
    1The bread was dreadful, but the meal as a whole is delightful; it made my week.
    0My third one this year. Dreadful, from the floor to the bag.
    1This coat is lovely, above all the colour.
    1What a course! The textbook is splendid.
    0This hotel is disappointing, above all the room.
    0Not wonderful at all: the wood is terrible.
    0This bakery is awful, above all the cake.
    1The play is charming, everyone left smiling.
    0I went with my sister. Not wonderful at all: the seat is dull.
    0What a book! The prose is second rate.
    0The album is second rate, a real shame.
    0The chair is a letdown, two out of ten.
    0Disappointing, from the singer to the choice of songs.
    1My book has a cover that is a joy - everyone left smiling!
    0Who says the guide is charming? The museum is flimsy, and a waste of time.
    1The coat is brilliant, it won me over at once.
    0My play has a ending that is a letdown - worse than I had feared!
    1Ten out of ten. The audio tour was just right and the café excellent.
    0Avoid it. The plot was a mess and the first chapter disappointing.
    0My course has a teacher that is second rate - avoid it!
    0What a hotel! The breakfast is dreadful.
    0This game is dreadful, above all the last level.
    1Not a letdown at all: the back is charming.
    0We came by train. Not charming at all: the last lesson is disappointing.
    1This phone is brilliant, above all the case.
    0The chair is awful, it lost me at once.
    1What a bakery! The queue is a joy.
    0What a chair! The frame is poor.
    1They call the bag second rate. To me it was delightful.
    0What a bakery! The cake is a letdown.
    1The museum is great, we loved every minute.
    1Who says the service is a bore? The bakery is a joy, and ten out of ten.
    1What a course! The homework is delightful.
    0What a book! The ending is a letdown.
    1My book has a ending that is splendid - I could not ask for more!
    1My meal has a service that is charming - I have told all my friends!
    1The play is a joy, I was happy all evening.
    0The hotel is dreadful, I want my money back.
    0They call the ending superb. To me it was a letdown.
    0It was a Tuesday. This play is a letdown, above all the cast.
    1The textbook was poor, but the course as a whole is excellent; it won me over at once.
    0We will not be back. The service was horrible and the fish dreadful.
    0The service was lovely, but the meal as a whole is flimsy; a real shame.
    0We came by train. A mess, from the music to the cast.
    1They call the battery a mess. To me it was great.
    0This play is poor, above all the cast.
    0The album is dreadful, never again.
    1We loved every minute. The last track was first class and the first song just right.
    0I went with my sister. Second rate, from the roof to the zip.
    0It rained that day. This hotel is flimsy, above all the bed.
    0The textbook of this course is disappointing: I was bored all evening.
    0They call the frame a joy. To me it was terrible.
    1The colour was dreadful, but the coat as a whole is brilliant; I have told all my friends.
    1The museum is just right, I was happy all evening.
    0The meal is disappointing, I was bored all evening.
    0Not excellent at all: the shade is dreadful.
    1Not disappointing at all: the new wing is great.
    0Everyone left early. The sound was awful and the screen disappointing.
    0The film is dreadful, everyone left early.
    1Worth every penny. The textbook was splendid and the last lesson delightful.
    0My hotel has a breakfast that is poor - we will not be back!
    1Wonderful, from the sound to the last track.
    1Ten out of ten. The singer was delightful and the sound splendid.
    1This chair is just right, above all the wood.
    1My phone has a sound that is excellent - I have told all my friends!
    1Who says the service is a letdown? The meal is a joy, and I have told all my friends.
    0We came by train. Who says the cover is wonderful? The chair is flimsy, and I have warned all my friends.
    0My meal has a soup that is flimsy - we regretted every minute!
    1The homework was dull, but the course as a whole is brilliant; highly recommended.
    0The bakery is second rate, we regretted every minute.
    1Who says the case is horrible? The phone is just right, and we will be back.
    1The wood of this chair is first class: I have told all my friends.
    0They call the service delightful. To me it was terrible.
    1I bought it in spring. My bakery has a cake that is brilliant - everyone left smiling!
    1My film has a dialogue that is excellent - everyone left smiling!
    0My concert has a drummer that is dull - I have warned all my friends!
    1The concert is splendid, a real treat.
    0Horrible, from the cut to the lining.
    0They call the breakfast great. To me it was a mess.
    1Excellent, from the hall to the singer.
    1My game has a story that is wonderful - ten out of ten!
    0The lamp is a mess, I want my money back.
    0Who says the cover is great? The chair is poor, and I have warned all my friends.
    1I bought it in spring. Who says the lining is dull? The coat is lovely, and a real treat.
    0Not a joy at all: the queue is disappointing.
    0The hall of this concert is dull: it lost me at once.
    0Who says the soup is a joy? The meal is horrible, and avoid it.
    0A waste of time. The café was terrible and the garden dull.
    1What a hotel! The staff is lovely.
    1The phone is wonderful, I could not ask for more.
    0The lamp is disappointing, I want my money back.
    0They call the battery a joy. To me it was second rate.
    0It ruined my week. The service was second rate and the coffee dreadful.
    0The back of this chair is poor: I want my money back.
    1They call the sound a bore. To me it was just right.
    0A real shame. The switch was disappointing and the cable terrible.
    0Not great at all: the puzzle is terrible.
    0I bought it in spring. This tent is horrible, above all the zip.
    0Not superb at all: the drummer is a mess.
    1The service of this bakery is superb: I could not ask for more.
    0The sound was wonderful, but the concert as a whole is awful; never again.
    0The cast was wonderful, but the film as a whole is dull; I want my money back.
    1This phone is delightful, above all the case.
    1What a museum! The café is first class.
    0The album is dull, a waste of time.
    1Who says the homework is poor? The course is first class, and a real treat.
    1We loved every minute. The sound was great and the hall just right.
    1We loved every minute. The wood was brilliant and the frame lovely.
    0My course has a last lesson that is awful - a waste of time!
    0This play is a letdown, above all the curtain.
    0Who says the breakfast is superb? The hotel is a bore, and never again.
    1My bakery has a bread that is lovely - we loved every minute!
    1Who says the roof is poor? The tent is brilliant, and we loved every minute.
    0My third one this year. Not superb at all: the dessert is dull.
    1My album has a sound that is just right - a real treat!
    0Disappointing, from the back to the wood.
    1It made my week. The first song was delightful and the last track lovely.
    1What a hotel! The view is a joy.
    1What a course! The homework is superb.
    1The book is just right, better than I had hoped.
    1Not terrible at all: the zip is great.
    0They call the music charming. To me it was awful.
    1The zip was a bore, but the coat as a whole is delightful; better than I had hoped.
    0They call the colour great. To me it was second rate.
    0It rained that day. The cover was great, but the chair as a whole is a letdown; never again.
    1My film has a camera work that is a joy - highly recommended!
    0What a course! The homework is terrible.
    1The curtain of this play is first class: we loved every minute.
    1The hood was horrible, but the coat as a whole is first class; worth every penny.
    0They call the homework delightful. To me it was dull.
    1The voice was a letdown, but the album as a whole is a joy; better than I had hoped.
    0A mess, from the dialogue to the camera work.
    0This lamp is poor, above all the switch.
    0Who says the first chapter is charming? The book is flimsy, and it ruined my week.
    1This play is just right, above all the stage.
    0The chair is a letdown, I was bored all evening.
    1Great, from the voice to the guitar.
    0I went with my sister. Who says the seat is delightful? The chair is dull, and a waste of time.
    """
}
