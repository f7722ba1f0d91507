using Pellucid.Generation;
using Pellucid.Looking.Memories;

namespace Pellucid.Web.Explorer;

/// <summary>
/// What excites each neuron in a corpus that the reader named, kept while panels come and go. It is read a batch at a time,
/// so that whatever else is asked of the engine waits for one batch at most, and what was found so far can be looked at.
/// </summary>
internal sealed class CorpusReading
{
    private const string Question = "corpus";
    private const int LongestLine = 256; // as look memories cuts them

    private readonly Session _session;

    public CorpusReading(Session session)
    {
        _session = session;
        session.ModelChanged += () => Found = null;
    }

    /// <summary>What was found so far; null before.</summary>
    public NeuronMemories? Found { get; private set; }

    /// <summary>What the corpus is called.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Share of the corpus that was read.</summary>
    public double Share { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Told when there is more.</summary>
    public event Action? Changed;

    /// <summary>Reads a corpus of so many characters to its end, or until it is stopped.</summary>
    /// <exception cref="ArgumentException">It is empty, or has what the model's tokens cannot write.</exception>
    public async Task ReadAsync(string name, IEnumerable<(string Text, string? Topic)> lines, long characters)
    {
        Stop();
        (Found, Name, Share, IsRunning) = (null, name, 0, true);
        var read = 0L;
        IEnumerable<(string Text, string? Topic)> Counted()
        {
            foreach (var line in lines)
            {
                read += line.Text.Length;
                yield return line;
            }
        }
        var batches = NeuronMemories.CollectStepwise(_session.Gpt,
            CorpusLine.Cut(Counted(), _session.Tokenizer, Math.Min(LongestLine, _session.Context))).GetEnumerator();
        try
        {
            while (await _session.RunAsync(Question, _ => batches.MoveNext()))
            {
                (Found, Share) = (batches.Current, Math.Min(1, (double)read / Math.Max(1, characters)));
                Changed?.Invoke();
            }
            Share = 1;
            if (Found is null)
                throw new ArgumentException($"{name} is empty");
        }
        finally
        {
            batches.Dispose();
            IsRunning = false;
            Changed?.Invoke();
        }
    }

    /// <summary>Stops reading; what was found stays.</summary>
    public void Stop() => _session.Cancel(Question);
}
