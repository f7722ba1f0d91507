using System.CommandLine;
using System.Text.Json;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Scaling;

namespace Pellucid.Cli.Scale;

/// <summary><c>pellucid scale fit</c>.</summary>
internal static class ScaleFit
{
    private const double FarthestSilent = 10, Farthest = 1000;

    private static readonly Option<string[]> Data = new("--data")
    {
        Description = "Tables of runs: CSV with a heading, or JSON by lines", AllowMultipleArgumentsPerToken = true, Required = true,
    };
    private static readonly Option<string[]> Columns = new("--columns")
    {
        Description = "What columns are called, where their names do not tell: parameters=, tokens= or flop= (6 N D), loss=; "
            + "model= for runs of one model, budget= for operations that an experiment fixed",
        AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
    };
    private static readonly Option<string[]> Where = new("--where")
    {
        Description = "Only rows with such values, as column=value", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
    };
    private static readonly Option<int> DropHighest =
        new("--drop-highest") { Description = "Leave out so many runs of the highest losses", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Approach = new Option<string>("--approach")
    {
        Description = "1: the lowest curve of models at each budget; 2: parabolas of runs of one budget; 3: the law E + A/N^α + B/D^β "
            + "(Hoffmann et al. 2022); kaplan: the law of Kaplan et al. (2020)",
        DefaultValueFactory = _ => "3",
    }.AcceptOnlyFromAmong("1", "2", "3", "kaplan");
    private static readonly Option<int> Bootstrap = new("--bootstrap")
    {
        Description = "How often runs are drawn anew for intervals of 95 %; 0 for none", DefaultValueFactory = _ => 1000,
    };
    private static readonly Option<double[]> At = new("--at")
    {
        Description = "Budgets in FLOP to find the best size for", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
    };
    private static readonly Option<bool> Extrapolate =
        new("--extrapolate") { Description = $"Predict beyond {Farthest:N0} times the largest budget too" };
    private static readonly Option<ulong> Seed = CommonOptions.NewSeed();

    public static Command Create()
    {
        var command = new Command("fit", "Fits a scaling law to the losses of training runs, with intervals, and finds the best size and "
            + "number of tokens for a budget. Losses are in nats a token.")
        {
            Data, Columns, Where, DropHighest, Approach, Bootstrap, At, Extrapolate, Seed,
        }.WithPictures().WithExample("pellucid scale fit --data runs.csv --at 1e18 1e20");
        command.SetInterruptibleAction(Run);
        return command;
    }

    private static int Run(ParseResult words, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var runs = Read(words);
        foreach (var flop in words.GetValue(At)!)
            RequireNear(flop, runs, words.GetValue(Extrapolate), output);
        output.Line(
            $"{runs.Count} runs of {Short(runs.Min(run => run.Parameters))} to {Short(runs.Max(run => run.Parameters))} parameters, "
                + $"{Short(runs.Min(run => run.Flop))} to {Short(runs.Max(run => run.Flop))} FLOP");
        return words.GetValue(Approach) switch
        {
            "1" => ShowEnvelope(words, output, EnvelopeFit.Of(runs, words.GetValue(Bootstrap), words.GetValue(Seed))),
            "2" => ShowIsoFlop(words, output, IsoFlopFit.Of(runs, words.GetValue(Bootstrap), words.GetValue(Seed))),
            "kaplan" => ShowKaplan(output, KaplanLaw.Fit(runs), runs),
            _ => ShowLaw(words, output, LawFit.Of(runs, words.GetValue(Bootstrap), words.GetValue(Seed), cancellation)),
        };
    }

    private static IReadOnlyList<ScalingRun> Read(ParseResult words)
    {
        var files = words.GetValue(Data)!;
        foreach (var file in files)
            if (!File.Exists(file))
                throw new FileNotFoundException($"there is no file {file}");
        var columns = RunColumns.Parse(words.GetValue(Columns)!);
        var only = words.GetValue(Where)!.Select(word => word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (word[..at], word[(at + 1)..]) : throw new ArgumentException($"--where is '{word}', which is no column=value")).ToList();
        var (runs, drop) = (files.SelectMany(file => RunTable.Read(file, columns, only)).ToList(), words.GetValue(DropHighest));
        if (drop < 0 || words.GetValue(Bootstrap) < 0)
            throw new ArgumentException(drop < 0 ? "--drop-highest cannot be below 0" : "--bootstrap cannot be below 0");
        if (runs.Count <= drop)
            throw new InvalidDataException(
                $"{string.Join(", ", files)}: {runs.Count} rows are runs that were asked for, and {drop} are dropped");
        return [.. runs.OrderByDescending(run => run.Loss).Skip(drop)];
    }

    private static void RequireNear(double flop, IReadOnlyList<ScalingRun> runs, bool extrapolate, Output output)
    {
        var times = flop / runs.Max(run => run.Flop);
        if (!(flop > 0))
            throw new ArgumentException($"--at is {flop}; a budget is above 0");
        if (times > Farthest && !extrapolate)
            throw new ArgumentException($"{Short(flop)} FLOP are {times:N0} times the largest run; "
                + $"beyond {Farthest:N0} times nothing is predicted without --extrapolate");
        if (times > FarthestSilent)
            output.Line($"warning: {Short(flop)} FLOP are {times:N0} times the largest run: trust the interval more than the number");
    }

    private static int ShowLaw(ParseResult words, Output output, LawFit fit)
    {
        ShowNumbers(output, fit);
        var budgets = words.GetValue(At)!;
        if (budgets.Length > 0)
        {
            var table = Reports.NewTable("budget", "N*", "from", "to", "D*", "D*/N*", "loss", "from", "to");
            foreach (var flop in budgets)
            {
                var (best, size) = (fit.Law.Optimum(flop), fit.Of(law => law.Optimum(flop).Parameters));
                var loss = fit.Predict(best.Parameters, best.Tokens);
                table.AddPlainRow(Short(flop), Short(best.Parameters), Short(size.Low), Short(size.High), Short(best.Tokens),
                    Units.Number(best.TokensPerParameter, 1), Units.Number(loss.Value, 3), Units.Number(loss.Low, 3),
                    Units.Number(loss.High, 3));
            }
            output.People.Write(table);
        }
        output.Line($"objective {Short(fit.Objective)}: Huber loss of ln L with δ = 0.001, summed over runs (Besiroglu et al. 2024); "
            + $"intervals from {Units.Count(fit.Resampled.Count)} draws of models");
        output.Line($"counted without tables, as Kaplan et al. (2020) counted, this law's best size grows as C^"
            + $"{Units.Number(KaplanReconciled.Exponent(fit.Law), 3)} over their sizes; theirs was 0.73 (Pearce and Song 2024)");
        PictureFiles.Write(words, () => ScalePictures.Law(fit));
        output.Json(json =>
        {
            json.WriteString("approach", "3");
            json.WriteNumber("runs", fit.Runs.Count);
            json.WriteNumber("objective", fit.Objective);
            WriteNumbers(json, fit);
            json.WriteNumber("kaplan_exponent", KaplanReconciled.Exponent(fit.Law));
            json.WriteObjects("optima", budgets, flop =>
            {
                var best = fit.Law.Optimum(flop);
                json.WriteNumber("flop", flop);
                WriteInterval(json, "parameters", fit.Of(law => law.Optimum(flop).Parameters));
                WriteInterval(json, "tokens", fit.Of(law => law.Optimum(flop).Tokens));
                json.WriteNumber("tokens_per_parameter", best.TokensPerParameter);
                WriteInterval(json, "loss", fit.Predict(best.Parameters, best.Tokens));
                json.WriteNumber("times_largest", fit.Beyond(flop));
            });
        });
        return PellucidCommand.Done;
    }

    /// <summary>The law's numbers and their intervals.</summary>
    public static void ShowNumbers(Output output, LawFit fit)
    {
        var table = Reports.NewTable("L(N, D) = E + A N^−α + B D^−β", "value", "95 % from", "to");
        foreach (var (name, of) in Numbers)
            AddInterval(table, name, fit.Of(of));
        output.People.Write(table);
    }

    /// <summary>The same as fields.</summary>
    public static void WriteNumbers(Utf8JsonWriter json, LawFit fit)
    {
        foreach (var (name, of) in Numbers)
            WriteInterval(json, name, fit.Of(of));
    }

    private static readonly (string Name, Func<ScalingLaw, double> Of)[] Numbers = [("E", law => law.E), ("A", law => law.A),
        ("B", law => law.B), ("alpha", law => law.Alpha), ("beta", law => law.Beta), ("a", law => law.Exponent)];

    private static int ShowIsoFlop(ParseResult words, Output output, IsoFlopFit fit)
    {
        var table = Reports.NewTable("budget", "runs", "N*", "loss there");
        foreach (var budget in fit.Budgets)
            table.AddPlainRow(Short(budget.Flop), Units.Count(budget.Runs.Count), Short(budget.Parameters), Units.Number(budget.Loss, 4));
        output.People.Write(table);
        ShowExponent(words, output, "2", fit.Exponent, fit.Optimum);
        if (fit.LeftOut > 0)
            output.Line($"{fit.LeftOut} budgets are left out: of fewer than four runs, or without a lowest point");
        output.Line("where α and β differ the lowest points lie beside the law's own: trust the exponent, not the size");
        PictureFiles.Write(words, () => [ScalePictures.Parabolas(fit)]);
        return PellucidCommand.Done;
    }

    private static int ShowEnvelope(ParseResult words, Output output, EnvelopeFit fit)
    {
        ShowExponent(words, output, "1", fit.Exponent, flop => fit.Scale * Math.Pow(flop, fit.Exponent.Value));
        PictureFiles.Write(words, () => [ScalePictures.Envelope(fit)]);
        return PellucidCommand.Done;
    }

    private static void ShowExponent(ParseResult words, Output output, string approach, Interval exponent, Func<double, double> optimum)
    {
        output.Line($"N* grows as C^{Units.Number(exponent.Value, 4)}, "
            + $"95 % from {Units.Number(exponent.Low, 4)} to {Units.Number(exponent.High, 4)}");
        var budgets = words.GetValue(At)!;
        foreach (var flop in budgets)
            output.Line($"at {Short(flop)} FLOP: {Short(optimum(flop))} parameters, {Short(flop / 6 / optimum(flop))} tokens");
        output.Json(json =>
        {
            json.WriteString("approach", approach);
            WriteInterval(json, "a", exponent);
            json.WriteObjects("optima", budgets, flop =>
            {
                json.WriteNumber("flop", flop);
                json.WriteNumber("parameters", optimum(flop));
                json.WriteNumber("tokens", flop / 6 / optimum(flop));
            });
        });
    }

    private static int ShowKaplan(Output output, KaplanLaw law, IReadOnlyList<ScalingRun> runs)
    {
        var table = Reports.NewTable("L(N, D) = ((N_c / N)^(α_N / α_D) + D_c / D)^α_D", "value", "Kaplan et al. (2020)");
        foreach (var (name, value, published) in (ReadOnlySpan<(string, double, double)>)[
            ("N_c", law.Parameters, KaplanLaw.Published.Parameters),
            ("D_c", law.Tokens, KaplanLaw.Published.Tokens), ("α_N", law.AlphaN, KaplanLaw.Published.AlphaN),
            ("α_D", law.AlphaD, KaplanLaw.Published.AlphaD)])
            table.AddPlainRow(name, Short(value), Short(published));
        output.People.Write(table);
        var error = Math.Sqrt(runs.Average(run => Math.Pow(Math.Log(law.Loss(run.Parameters, run.Tokens) / run.Loss), 2)));
        output.Line($"root mean square error of ln L {Short(error)}; N counts a model without its tables of tokens and positions");
        output.Json(json =>
        {
            json.WriteString("approach", "kaplan");
            json.WriteNumber("n_c", law.Parameters);
            json.WriteNumber("d_c", law.Tokens);
            json.WriteNumber("alpha_n", law.AlphaN);
            json.WriteNumber("alpha_d", law.AlphaD);
            json.WriteNumber("error", error);
        });
        return PellucidCommand.Done;
    }

    private static void AddInterval(Spectre.Console.Table table, string name, Interval interval) =>
        table.AddPlainRow(name == "a" ? "a = β / (α + β)" : name, Short(interval.Value), Bound(interval.Low), Bound(interval.High));

    private static string Bound(double value) => double.IsNaN(value) ? "–" : Short(value);

    private static string Short(double value) => ScaleCommand.Short(value);

    /// <summary>A number and its interval as a field.</summary>
    public static void WriteInterval(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartObject(name);
        json.WriteFinite("value", interval.Value);
        json.WriteFinite("low", interval.Low);
        json.WriteFinite("high", interval.High);
        json.WriteEndObject();
    }
}
