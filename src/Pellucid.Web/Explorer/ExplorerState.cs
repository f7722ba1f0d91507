using System.Collections.Specialized;
using System.Globalization;
using System.Web;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Web.Explorer.Watching;

namespace Pellucid.Web.Explorer;

/// <summary>The panels, in the order of their tabs.</summary>
internal enum PanelName
{
    Flow,
    Predict,
    Layers,
    Attention,
    Neurons,
    Features,
    Intervene,
    Experiments,
    Circuits,
    Words,
    Train,
    Compare,
    Notebook,
}

/// <summary>What the colours of the lens tell: the probability of the place's first token, that of the model's final one,
/// its rank, or entropy.</summary>
internal enum LensColour
{
    Probability,
    Target,
    Rank,
    Entropy,
}

/// <summary>All that is seen, as a value that is written into the address and read from it.</summary>
internal sealed record ExplorerState
{
    public const int MostWritten = 64, MostPrompts = 20;

    private static readonly PairMeasure UsualMeasure = PairMeasure.Parse("patch z heads");

    public PanelName Panel { get; init; }

    public string Text { get; init; } = "";

    /// <summary>The model that is looked at; the first when empty.</summary>
    public string Model { get; init; } = "";

    /// <summary>The model that is seen beside it; the next one when empty.</summary>
    public string Beside { get; init; } = "";

    /// <summary>The second text, which changes may take something from.</summary>
    public string Source { get; init; } = "";

    public IReadOnlyList<Intervention> Changes { get; init; } = [];

    /// <summary>The stage of the flow that is looked at, such as <c>attention.2</c>; the whole when empty.</summary>
    public string Stage { get; init; } = "";

    public int Layer { get; init; }

    public int Head { get; init; }

    /// <summary>Heads that are seen together, such as <c>1.0 2.3</c>; the chosen one alone when empty.</summary>
    public string Heads { get; init; } = "";

    /// <summary>Whether their attention is added up; else its mean is seen.</summary>
    public bool Sum { get; init; }

    /// <summary>The position that is looked at; the last when negative.</summary>
    public int Position { get; init; } = -1;

    /// <summary>The position that the chosen one looks at; where it looks most when negative.</summary>
    public int Key { get; init; } = -1;

    /// <summary>The neuron that is looked at, such as <c>3.17</c>; the most active one when empty.</summary>
    public string Neuron { get; init; } = "";

    /// <summary>The folder of features that is looked at, by its name; the first that is of the model when empty.</summary>
    public string Features { get; init; } = "";

    /// <summary>The feature that is looked at; the one that fires most when negative.</summary>
    public int Feature { get; init; } = -1;

    /// <summary>The chosen place of the lens, such as <c>resid_post.2</c>; the last one when empty.</summary>
    public string Place { get; init; } = "";

    /// <summary>The word whose neurons are looked for.</summary>
    public string Word { get; init; } = "";

    /// <summary>Texts, one a line, at whose ends neurons are looked for that are active.</summary>
    public string Examples { get; init; } = "";

    /// <summary>Texts at whose ends they are not.</summary>
    public string Others { get; init; } = "";

    /// <summary>What neurons are looked for that are about it.</summary>
    public string Topic { get; init; } = "";

    /// <summary>Whether the lens reads between attention and feed-forward too.</summary>
    public bool Midway { get; init; }

    /// <summary>What the colours of the lens tell.</summary>
    public LensColour Colour { get; init; }

    public double Temperature { get; init; } = 1;

    public int TopK { get; init; }

    public double TopP { get; init; } = 1;

    /// <summary>Tokens that are written at once.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Where the chance in writing comes from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Prompts of the circuit analysis.</summary>
    public int Prompts { get; init; } = 3;

    /// <summary>The share of the whole effect from which on a path belongs to a circuit.</summary>
    public double Share { get; init; } = 0.05;

    /// <summary>The step of the circuit's finding that is looked at; the last when 0.</summary>
    public int Step { get; init; }

    /// <summary>Words on the map, with spaces between; the most frequent ones when empty.</summary>
    public string Map { get; init; } = "";

    /// <summary>The word whose nearest ones are looked for; one of the map when null.</summary>
    public string? Near { get; init; }

    /// <summary>The first is to the second as the third is to what is looked for.</summary>
    public IReadOnlyList<string> Analogy { get; init; } = ["", "", ""];

    /// <summary>The next token that is right for the text, as two prompts are compared.</summary>
    public string Answer { get; init; } = "";

    /// <summary>The one that it is compared with.</summary>
    public string Wrong { get; init; } = "";

    /// <summary>What is measured between the two prompts.</summary>
    public PairMeasure Measure { get; init; } = UsualMeasure;

    /// <summary>Which runs are watched, and how their curves are drawn.</summary>
    public CurveChoice Curves { get; init; } = CurveChoice.Usual;

    public Experiment Experiment => new(Text, Source, Changes);

    public SamplingOptions Sampling => new() { Temperature = (float)Temperature, TopK = TopK, TopP = (float)TopP };

    /// <summary>Such as <c>?panel=layers&amp;text=…&amp;change=1.3%3D0</c>; what is as usual is left out.</summary>
    public string ToQuery()
    {
        var query = HttpUtility.ParseQueryString("");
        void Add<T>(string name, T value, T usual)
        {
            if (!EqualityComparer<T>.Default.Equals(value, usual))
                query.Add(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        var usual = new ExplorerState();
        Add("panel", Panel.ToString().ToLowerInvariant(), "flow");
        Add("text", Text, usual.Text);
        Add("source", Source, usual.Source);
        Add("model", Model, usual.Model);
        Add("beside", Beside, usual.Beside);
        foreach (var change in Changes)
            query.Add("change", change.ToString());
        Add("stage", Stage, usual.Stage);
        Add("layer", Layer, usual.Layer);
        Add("head", Head, usual.Head);
        Add("heads", Heads, usual.Heads);
        Add("sum", Sum ? "yes" : "no", "no");
        Add("position", Position, usual.Position);
        Add("key", Key, usual.Key);
        Add("neuron", Neuron, usual.Neuron);
        Add("features", Features, usual.Features);
        Add("feature", Feature, usual.Feature);
        Add("place", Place, usual.Place);
        Add("word", Word, usual.Word);
        Add("examples", Examples, usual.Examples);
        Add("others", Others, usual.Others);
        Add("topic", Topic, usual.Topic);
        Add("midway", Midway ? "yes" : "no", "no");
        Add("colour", Colour.ToString().ToLowerInvariant(), "probability");
        Add("temperature", Temperature, usual.Temperature);
        Add("top_k", TopK, usual.TopK);
        Add("top_p", TopP, usual.TopP);
        Add("count", Count, usual.Count);
        Add("seed", Seed, usual.Seed);
        Add("prompts", Prompts, usual.Prompts);
        Add("share", Share, usual.Share);
        Add("step", Step, usual.Step);
        Add("answer", Answer, usual.Answer);
        Add("wrong", Wrong, usual.Wrong);
        Add("measure", Measure.ToString(), usual.Measure.ToString());
        Add("map", Map, usual.Map);
        Add("near", Near, usual.Near);
        foreach (var (name, value) in Curves.Written())
            query.Add(name, value);
        if (Analogy.Any(word => word.Length > 0))
            foreach (var word in Analogy)
                query.Add("analogy", word);
        return query.Count > 0 ? "?" + query : "";
    }

    /// <summary>Reads an address; what makes no sense in it is as usual.</summary>
    public static ExplorerState Parse(string uri)
    {
        var query = HttpUtility.ParseQueryString(new Uri(uri).Query);
        var usual = new ExplorerState();
        return new ExplorerState
        {
            Panel = Enum.TryParse<PanelName>(query["panel"], ignoreCase: true, out var panel) && Enum.IsDefined(panel) ? panel
                : usual.Panel,
            Text = query["text"] ?? "",
            Source = query["source"] ?? "",
            Model = query["model"] ?? "",
            Beside = query["beside"] ?? "",
            Changes = [.. (query.GetValues("change") ?? []).Select(change => TryParse(change, Intervention.Parse)).OfType<Intervention>()],
            Stage = query["stage"] ?? "",
            Layer = Whole(query, "layer", usual.Layer),
            Head = Whole(query, "head", usual.Head),
            Heads = query["heads"] ?? "",
            Sum = query["sum"] == "yes",
            Position = Whole(query, "position", usual.Position),
            Key = Whole(query, "key", usual.Key),
            Neuron = query["neuron"] ?? "",
            Features = query["features"] ?? "",
            Feature = Whole(query, "feature", usual.Feature),
            Place = query["place"] ?? "",
            Word = query["word"] ?? "",
            Examples = query["examples"] ?? "",
            Others = query["others"] ?? "",
            Topic = query["topic"] ?? "",
            Midway = query["midway"] == "yes",
            Colour = Enum.TryParse<LensColour>(query["colour"], ignoreCase: true, out var colour) && Enum.IsDefined(colour) ? colour
                : usual.Colour,
            Temperature = Math.Clamp(Number(query, "temperature", usual.Temperature), 0, 2),
            TopK = Math.Max(0, Whole(query, "top_k", usual.TopK)),
            TopP = Math.Clamp(Number(query, "top_p", usual.TopP), 0.01, 1),
            Count = Math.Clamp(Whole(query, "count", usual.Count), 1, MostWritten),
            Seed = Math.Max(1, Whole(query, "seed", usual.Seed)),
            Prompts = Math.Clamp(Whole(query, "prompts", usual.Prompts), 1, MostPrompts),
            Share = Math.Clamp(Number(query, "share", usual.Share), 0.01, 1),
            Step = Math.Max(0, Whole(query, "step", usual.Step)),
            Answer = query["answer"] ?? "",
            Wrong = query["wrong"] ?? "",
            Measure = query["measure"] is { } measure ? TryParse(measure, PairMeasure.Parse) ?? usual.Measure : usual.Measure,
            Map = query["map"] ?? "",
            Near = query["near"],
            Curves = CurveChoice.Parse(query),
            Analogy = query.GetValues("analogy") is { Length: 3 } words ? words : usual.Analogy,
        };
    }

    public bool Equals(ExplorerState? other) => other is not null && ToQuery() == other.ToQuery();

    public override int GetHashCode() => ToQuery().GetHashCode(StringComparison.Ordinal);

    private static T? TryParse<T>(string text, Func<string, T> parse) where T : class
    {
        try
        {
            return parse(text);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static int Whole(NameValueCollection query, string name, int usual) =>
        int.TryParse(query[name], CultureInfo.InvariantCulture, out var value) ? value : usual;

    private static double Number(NameValueCollection query, string name, double usual) =>
        double.TryParse(query[name], CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : usual;
}
