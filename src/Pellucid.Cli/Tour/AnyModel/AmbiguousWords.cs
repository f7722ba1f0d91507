using Pellucid.Looking.Senses;
using Pellucid.Tokens;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>
/// Words with two senses at the ends of sentences that tell which one is meant: seven whose senses are unrelated, as those of
/// bank, and seven whose senses are, as those of magazine. No sentence of a sense says what another of that sense says.
/// </summary>
internal static class AmbiguousWords
{
    private const string Unrelated = "homonym", Related = "polyseme";

    // A word, one sense with its sentences, the other with its own. Each sentence goes on with the word.
    private static readonly (string Word, string Kind, string[] One, string[] Other)[] Words =
    [
        ("bank", Unrelated,
            ["She opened a savings account at the", "The robbers stole all the money from the", "They asked for a loan at the",
                "The cheque was cashed at the"],
            ["We sat fishing on the muddy", "The boat was tied up along the grassy", "Otters dug a hole in the steep",
                "The flood washed over the river"]),
        ("bat", Unrelated,
            ["He hit the ball with a wooden", "The player swung and broke his", "For the next game of baseball she bought a new",
                "He walked to the plate and lifted the"],
            ["At dusk a small furry animal flew by, a", "Hanging upside down in the cave was a",
                "Among insects in the night hunted a brown", "With its leathery wings spread there slept a"]),
        ("match", Unrelated,
            ["To light the candle she struck a", "The fire began with a single burning", "From the little box he took the last",
                "The gas stove was lit with a"],
            ["Our team won the football", "The referee blew his whistle to end the", "Thousands came to the stadium to watch the",
                "After two sets she lost the tennis"]),
        ("bark", Unrelated,
            ["From far away we heard the dog's angry", "At the stranger the hound gave a loud", "The puppy's first noise was a squeaky",
                "Whenever the postman rings, our terrier begins to"],
            ["The old oak had thick and rough", "Beetles live in the wood, just below the", "He carved their names into the tree's",
                "Birches are known by their white"]),
        ("seal", Unrelated,
            ["On the ice lay a fat grey", "Clapping its flippers and eating fish was a", "The polar bear swam after a young",
                "At the zoo's pool the children fed the"],
            ["The letter was closed with a red wax", "The king pressed his ring down and left his royal",
                "Without the notary's stamp and", "To the document the court put its official"]),
        ("crane", Unrelated,
            ["The steel beams were lifted by a", "At the building site stood a tall yellow", "Containers are taken off the ship with a",
                "High up in his cabin sat the man who drives the"],
            ["In the marsh stood a bird with long legs, a", "With a fish in its beak flew off the white",
                "Every autumn we see over the fields the migrating", "On her nest among the reeds sat a"]),
        ("pupil", Unrelated,
            ["The teacher praised her best", "In the front row of the class sat a new", "After the lesson the headmaster called in the",
                "Homework was forgotten again by the same"],
            ["In bright light the eye narrows its", "The doctor shone a lamp at her left",
                "Around the coloured iris lies the white, within it the black", "The drops from the optician widened his"]),
        ("magazine", Related,
            ["On the table lay a torn old", "He rolled up and put into his bag the glossy", "In the waiting room she leafed through a",
                "I spilt my coffee over the"],
            ["As a reporter Susan works for a", "The publisher sold last year the whole", "Advertising keeps alive our weekly",
                "Two editors were dismissed by the"]),
        ("newspaper", Related,
            ["The fish was wrapped up in", "Every morning the boy throws onto our porch the", "He lit the fire with a crumpled",
                "Wet from the rain was the folded"],
            ["The minister was sued by the", "She applied for a job as an editor at the",
                "Last week the printers' strike stopped the city's oldest", "A rich family has always owned the"]),
        ("chicken", Related,
            ["Across the yard ran a frightened", "It laid one egg a day, our brown", "The fox carried off a living",
                "Pecking at corn we saw a small"],
            ["For dinner she roasted a", "He ordered rice with curry and", "The soup is made from leeks and boiled",
                "On my sandwich there is salad and cold"]),
        ("lamb", Related,
            ["Behind its mother trotted a newborn", "The shepherd carried home a lost", "It was bleating on the meadow, the little",
                "With a bottle of milk the girl raised a"],
            ["With mint sauce they served slices of", "At Easter we eat roast", "Put into the stew two pounds of diced",
                "The kebab was made of minced"]),
        ("book", Related,
            ["From the shelf fell a heavy", "Under the short leg of the table she put a thick", "Its cover was torn off, and dusty was the",
                "He dropped on his foot a big"],
            ["It took her ten years to write the", "Nobody understood the plot of the", "Its hero dies at the end of the",
                "The critics found moving and wise the whole"]),
        ("school", Related,
            ["The roof was repaired last summer at the", "Fire destroyed the walls of the brick", "Painters worked on the windows of the",
                "Round the corner, next to the church, stands the"],
            ["All holidays were shortened by the", "For cheating the boy was punished by his",
                "New rules about uniforms were announced by the", "An award for teaching was given to our"]),
        ("bottle", Related,
            ["It fell on the floor and shattered, the", "The message was put into a green glass", "He threw away the empty",
                "With a cork she closed the"],
            ["He was drunk after he had finished the whole", "Thirsty, the runners shared a cold", "To the baby's lips she gave a warm",
                "With their meal the guests drank a second"]),
    ];

    /// <summary>Sentences as a model reads them, with every pair of them that has the same word.</summary>
    /// <param name="guide">The model.</param>
    /// <param name="words">Which words, by their place within their kind.</param>
    public static SenseData Data(Guide guide, Func<int, bool> words)
    {
        var occurrences = new List<SenseOccurrence>();
        var kinds = new List<string>();
        foreach (var (word, kind, one, other) in Words.CountUp().Where(entry => words(entry.Place)).Select(entry => entry.Word))
            foreach (var (sense, sentences) in ((string, string[])[])[("1", one), ("2", other)])
                foreach (var sentence in sentences)
                {
                    var tokens = guide.Subject.Encode($"{sentence} {word}");
                    var length = guide.Tokenizer.Encode(" " + word).Length;
                    occurrences.Add(new SenseOccurrence(word, $"{word}: {sense}", $"{sentence} {word}", tokens,
                        tokens.Length - length, tokens.Length - 1));
                    kinds.Add(kind);
                }
        var pairs = from i in Enumerable.Range(0, occurrences.Count) from j in Enumerable.Range(i + 1, occurrences.Count - i - 1)
            where occurrences[i].Word == occurrences[j].Word
            select new SensePair(i, j, occurrences[i].Sense == occurrences[j].Sense, kinds[i], double.NaN);
        return new SenseData("", occurrences, [.. pairs], 0, new Dictionary<string, double[]>());
    }

    /// <summary>Whether the senses of a word are unrelated.</summary>
    public static bool IsHomonym(string word) => Words.First(entry => entry.Word == word).Kind == Unrelated;

    // Places count within the kind, so that half of the places is half of each kind.
    private static IEnumerable<(int Place, (string Word, string Kind, string[] One, string[] Other) Word)> CountUp(
        this (string Word, string Kind, string[] One, string[] Other)[] words) =>
        words.GroupBy(word => word.Kind).SelectMany(kind => kind.Select((word, place) => (place, word)));
}
