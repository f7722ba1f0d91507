using System.Text;
using Pellucid.Worlds.Phenomena;

namespace Pellucid.Worlds;

/// <summary>
/// Simple, varied English without end, and the truth of everything it says: parts of speech, senses, who a pronoun
/// stands for, facts, beliefs. Passage number i of a seed is the same whenever it is asked for.
/// </summary>
/// <param name="seed">Equal seeds write equal text.</param>
/// <param name="phenomena">What it writes about; <see cref="Standard"/> if not given.</param>
public sealed class MicroWorld(ulong seed, IReadOnlyList<Phenomenon>? phenomena = null)
{
    /// <summary>The seed of the text that the command trains on and reads where none is named.</summary>
    public const ulong UsualSeed = 2026;

    private const int CalibrationPassages = 400;
    private const ulong CalibrationSeed = 0x63616c69;
    private const ulong ExaminationSeed = 0x6578616d;

    private readonly double[] _chances = Chances(phenomena ?? Standard);

    /// <summary>The stated probability that the world calls one who does a trade <i>she</i>.</summary>
    /// <exception cref="InvalidOperationException">The world has no such trade.</exception>
    public static double ShareOfWomen(string trade) =>
        Trades.Names.Contains(trade) ? Trades.ShareOfWomen(trade) : Work.ShareOfWomen(trade);

    /// <summary>Everything the built-in world writes about, one file each; their shares add up to 100.</summary>
    public static IReadOnlyList<Phenomenon> Standard { get; } =
    [
        new Gifts(), new Capitals(), new Questions(), new Tales(), new Lives(), new Containers(), new Transfer(), new Contents(),
        new Senses(), new PartsOfSpeech(), new Phenomena.Pronouns(),
        new Tenses(), new Agreement(), new Degrees(), new UpperCase(), new CommonPairs(), new Times(),
        new Television(), new Military(), new Work(),
    ];

    /// <summary>A wider world: all of that, and more people in a scene, a hundred countries, more ways to come to know something,
    /// and more words whose forms follow a rule.</summary>
    public static IReadOnlyList<Phenomenon> Wide { get; } =
    [
        new Gifts(share: 10), .. Standard.Where(phenomenon => phenomenon is not Gifts),
        new Company(), new Atlas(), new Knowing(), new Meanings(), new Forms(), new Teams(),
    ];

    /// <summary>What this world writes about.</summary>
    public IReadOnlyList<Phenomenon> Phenomena { get; } = phenomena ?? Standard;

    /// <summary>Passage number <paramref name="index"/> of the training text, with everything that is true of it.</summary>
    public Passage Passage(long index)
    {
        var page = new Page(annotates: true);
        return WritePassage(page, index).Finish(PhenomenonOf(index).Name);
    }

    /// <summary>Training text without end, annotated.</summary>
    public IEnumerable<Passage> Passages()
    {
        var page = new Page(annotates: true);
        for (var index = 0L; ; index++)
            yield return WritePassage(page, index).Finish(PhenomenonOf(index).Name);
    }

    /// <summary>The text of <see cref="Passages"/>, one a line, up to the first passage that reaches so many characters.</summary>
    public string Text(int characters)
    {
        var text = new StringBuilder(characters + 1000);
        var page = new Page(annotates: false);
        for (var index = 0L; text.Length < characters; index++)
        {
            WritePassage(page, index).CopyTo(text);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>
    /// Different questions of one phenomenon, from as many passages as it takes or <paramref name="count"/> times fifty;
    /// none for held-out questions of a phenomenon that holds nothing out.
    /// </summary>
    public IReadOnlyList<ClozeQuestion> Questions(Phenomenon phenomenon, Split split, int count)
    {
        ArgumentNullException.ThrowIfNull(phenomenon);
        var questions = new List<ClozeQuestion>();
        var asked = new HashSet<string>();
        var page = new Page(annotates: true);
        for (var attempt = 0;
            attempt < 50 * count && questions.Count < count && (split == Split.Training || phenomenon.HeldOut is not null); attempt++)
        {
            page.Begin(Chance.Start(seed ^ ExaminationSeed, (ulong)attempt), split);
            phenomenon.Write(page);
            questions.AddRange(page.Questions(split == Split.Training ? phenomenon.Name : $"{phenomenon.Name}, held out")
                .Where(question => asked.Add(question.Prompt)));
        }
        return questions;
    }

    private Page WritePassage(Page page, long index)
    {
        page.Begin(Chance.Start(seed, 2 * (ulong)index), Split.Training);
        PhenomenonOf(index).Write(page);
        return page;
    }

    private Phenomenon PhenomenonOf(long index)
    {
        var chance = new Chance(Chance.Start(seed, 2 * (ulong)index + 1));
        for (var i = 0; i < _chances.Length - 1; i++)
            if (chance.Happens(_chances[i]))
                return Phenomena[i];
        return Phenomena[^1];
    }

    // Shares are of the text, so phenomena with long passages come up less often:
    // for each the chance that it is the one, if none before it is.
    private static double[] Chances(IReadOnlyList<Phenomenon> phenomena)
    {
        var page = new Page(annotates: false);
        var often = phenomena.Select(phenomenon => phenomenon.Share / MeanLength(phenomenon, page)).ToArray();
        return [.. often.Select((chance, i) => chance / often.Skip(i).Sum())];
    }

    private static double MeanLength(Phenomenon phenomenon, Page page)
    {
        var length = 0L;
        for (var index = 0; index < CalibrationPassages; index++)
        {
            page.Begin(Chance.Start(CalibrationSeed, (ulong)index), Split.Training);
            phenomenon.Write(page);
            length += page.Length + 1;
        }
        return (double)length / CalibrationPassages;
    }
}
