using System.Text.RegularExpressions;
using Pellucid.Tuning.Data;

namespace Pellucid.Tuning.Policies;

/// <summary>
/// Tells good texts from bad ones by the words in them: logistic regression, whose features are the words that a text has, each
/// 1 / √(how many), so that long texts are not surer than short ones. Learned from labelled texts, always to the same bits.
/// </summary>
internal sealed partial class WordClassifier
{
    private const int Passes = 20, HeldOutEach = 10;
    private const double FirstRate = 2, Decay = 1e-4;

    private readonly Dictionary<string, int> _places = [];
    private readonly List<double> _weights = [];
    private double _bias;

    private WordClassifier()
    {
    }

    /// <summary>Share of texts that were held out whose label it says, and their number.</summary>
    public (double Share, int Of) Accuracy { get; private set; }

    /// <summary>Learns from the texts, or answers, of a file's entries that have a label; every tenth is held out and tells how good it is.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged, an entry has no label, or all have the same one.</exception>
    public static WordClassifier Learn(string path)
    {
        var labelled = TuningFile.Read(path).SelectMany(each => Columns.Read(each.Entry, each.Place)).Select(Labelled).ToArray();
        if (labelled.DistinctBy(each => each.IsGood).Count() < 2)
            throw new InvalidDataException($"{path}: a classifier learns from texts with a label, some true and some false");
        var (classifier, held) = (new WordClassifier(), new List<(string Text, bool IsGood)>());
        var learned = new List<(int[] Words, bool IsGood)>();
        for (var i = 0; i < labelled.Length; i++)
            if (i % HeldOutEach == HeldOutEach - 1)
                held.Add(labelled[i]);
            else
                learned.Add((classifier.WordsOf(labelled[i].Text, adds: true), labelled[i].IsGood));
        for (var pass = 0; pass < Passes; pass++)
            foreach (var (words, isGood) in learned)
                classifier.Update(words, isGood, FirstRate / (1 + pass));
        classifier.Accuracy = (held.Count == 0 ? double.NaN
            : held.Average(each => classifier.LogOdds(each.Text) > 0 == each.IsGood ? 1.0 : 0), held.Count);
        return classifier;
    }

    /// <summary>ln of the odds that a text is good.</summary>
    public double LogOdds(string text) => Sum(WordsOf(text, adds: false));

    private static (string Text, bool IsGood) Labelled(TuningRecord record) =>
        ((record.Answer ?? record.Whole) is not { } said ? throw new InvalidDataException($"{record.Place} has no text to classify")
            : said.Turns is { } turns ? string.Join('\n', turns.Select(turn => turn.Text)) : said.Text,
        record.Label ?? throw new InvalidDataException($"{record.Place} has no label, true or false"));

    private double Sum(int[] words)
    {
        var sum = 0.0;
        foreach (var word in words)
            sum += _weights[word];
        return _bias + sum / Math.Sqrt(Math.Max(1, words.Length));
    }

    private void Update(int[] words, bool isGood, double rate)
    {
        var error = (isGood ? 1 : 0) - 1 / (1 + Math.Exp(-Sum(words)));
        _bias += rate * error / HeldOutEach;
        foreach (var word in words)
            _weights[word] += rate * (error / Math.Sqrt(words.Length) - Decay * _weights[word]);
    }

    private int[] WordsOf(string text, bool adds)
    {
        var words = new List<int>();
        foreach (var word in Words().EnumerateMatches(text))
        {
            var name = text.Substring(word.Index, word.Length).ToLowerInvariant();
            if (adds && _places.TryAdd(name, _weights.Count))
                _weights.Add(0);
            if (_places.TryGetValue(name, out var place))
                words.Add(place);
        }
        return [.. words.Distinct()];
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+(?:['’]\p{L}+)*|[!?]", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
