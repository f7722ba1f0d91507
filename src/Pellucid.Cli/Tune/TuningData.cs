using Pellucid.Conversations;
using Pellucid.Tokens;
using Pellucid.Tuning;
using Pellucid.Tuning.Data;
using Pellucid.Tuning.Methods;

namespace Pellucid.Cli.Tune;

/// <summary>Examples of files, cut to a length; what nothing is left of is dropped and counted.</summary>
internal sealed class TuningData(Tokenizer tokenizer, SpecialTokens specials, ChatTemplate template, int maxLength)
{
    private ExampleEncoder _encoder = new(tokenizer, specials, template);

    /// <summary>The template that conversations were given, where the model has none; null where none was needed.</summary>
    public string? OwnTemplate { get; private set; }

    /// <summary>Entries that were read, cut, and dropped.</summary>
    public (int Read, int Cut, int Dropped) Counts { get; private set; }

    /// <summary>Entries with an answer that says nothing.</summary>
    public int Empty { get; private set; }

    /// <summary>Columns that nobody read.</summary>
    public SortedSet<string> Unread { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a file begins with an entry that can only be written as turns.</summary>
    public static bool HasConversations(IEnumerable<string> files) => files.Any(file => TuningFile.Read(file).Take(1)
        .SelectMany(each => Columns.Read(each.Entry, each.Place)).Any(record => record.IsConversation));

    public List<TuningExample> Imitated(IEnumerable<string> files) =>
        Kept(files, record => record.ToImitate, record => Fits(_encoder.Imitated(record)));

    public List<PreferencePair> Preferred(IEnumerable<string> files) => Kept(files, record => record.Pairs, record =>
    {
        if (record.Margin is not null)
            Unread.Add("margin");
        var (chosen, rejected) = _encoder.Preferred(record);
        return Fits(chosen) is { } one && Fits(rejected) is { } other ? new PreferencePair(one, other) : null;
    });

    /// <summary>Answers best first; those that do not fit are left out of their list.</summary>
    public List<RankedAnswers> Ranked(IEnumerable<string> files) =>
        Kept(files, record => record.Ranking is null or { Count: > 1 } ? [record] : [], record =>
        {
            TuningExample[] fitting = [.. _encoder.Ranked(record).Select(Fits).OfType<TuningExample>()];
            return fitting.Length > 1 ? new RankedAnswers(fitting, record.Margin) : null;
        });

    public List<LabelledAnswer> Labelled(IEnumerable<string> files) => Kept(files, record => [record], record =>
    {
        var (answer, isDesirable) = _encoder.Labelled(record);
        if (Fits(answer) is not { } fitting)
            return null;
        var prompt = Array.IndexOf(fitting.Learned, true);
        return new LabelledAnswer(fitting.Tokens[..prompt], fitting.Tokens[prompt..], isDesirable);
    });

    /// <summary>Prompts that leave room for an answer of so many tokens.</summary>
    public List<int[]> Prompted(IEnumerable<string> files, int answer) => Kept(files, record => [record], record =>
        _encoder.Prompted(record) is var prompt && prompt.Length + answer <= maxLength ? prompt : null);

    /// <summary>Examples of entries that have an answer; none where none has one.</summary>
    public List<TuningExample> Answered(IEnumerable<string> files) =>
        [.. files.SelectMany(file => TuningFile.Read(file)).SelectMany(each => Columns.Read(each.Entry, each.Place))
            .SelectMany(record => record.ToImitate).Where(record => record.Whole is not null || record.Answer is not null)
            .Select(_encoder.Imitated).Select(Fits).OfType<TuningExample>()];

    private List<T> Kept<T>(IEnumerable<string> files, Func<TuningRecord, IEnumerable<TuningRecord>> parts, Func<TuningRecord, T?> encode)
        where T : class
    {
        var kept = new List<T>();
        foreach (var file in files)
            foreach (var (entry, place) in TuningFile.Read(file))
            {
                Unread.UnionWith(Columns.Unread(entry));
                Counts = (Counts.Read + 1, Counts.Cut, Counts.Dropped);
                var records = Columns.Read(entry, place);
                if (OwnTemplate is null && ReferenceEquals(template, ChatTemplate.Plain) && records.Any(record => record.IsConversation))
                    WriteConversations();
                Empty += records.Any(record => record.HasEmptyAnswer) ? 1 : 0;
                foreach (var item in records.SelectMany(parts).Select(encode))
                {
                    Counts = (Counts.Read, Counts.Cut, Counts.Dropped + (item is null ? 1 : 0));
                    if (item is not null)
                        kept.Add(item);
                }
            }
        return kept.Count > 0 ? kept : throw new InvalidDataException($"{string.Join(", ", files)}: of {Counts.Read} examples "
            + $"none has anything to learn within {maxLength} tokens");
    }

    private void WriteConversations()
    {
        OwnTemplate = BaseTemplate.Of(tokenizer, specials);
        if (OwnTemplate is not null)
            _encoder = new ExampleEncoder(tokenizer, specials, ChatTemplate.Parse(OwnTemplate));
    }

    // Null where nothing is left to learn.
    private TuningExample? Fits(TuningExample example)
    {
        if (example.Tokens.Length > maxLength)
            Counts = (Counts.Read, Counts.Cut + 1, Counts.Dropped);
        var cut = example.Cut(maxLength);
        return cut.LearnedCount > 0 ? cut : null;
    }
}
