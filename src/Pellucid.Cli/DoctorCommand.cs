using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pellucid.Cli.Terminal;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid doctor</c>.</summary>
internal static class DoctorCommand
{
    private sealed record Diagnosis(string Name, bool Available, string? Reason, double? MaxError, double? Gigaflops = null);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly Option<Uri?> Server = new("--server")
    {
        Description = "Ask a server of ours at this address whether it is ready, and nothing else: for the health check of a container",
        CustomParser = result => Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out var address) ? address
            : throw new ArgumentException(
                $"--server is '{result.Tokens.Single().Value}'; it must be an address such as http://127.0.0.1:8080"),
    };

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("doctor", "Tells what this machine offers, "
            + "and checks every backend's arithmetic against the plain loops in double precision. "
            + $"{CpuBackend.InstructionsVariable}=avx512|avx2|vector128 forces an instruction set.") { Server }
            .WithExample("pellucid doctor");
        command.SetAction((words, cancellation) =>
            words.GetValue(Server) is { } address ? AskAsync(words, address, cancellation) : Task.FromResult(Run(words)));
        return command;
    }

    private static async Task<int> AskAsync(ParseResult words, Uri address, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        using var http = new HttpClient { BaseAddress = address, Timeout = Patience };
        string state;
        try
        {
            using var answer = await http.GetAsync(new Uri("ready", UriKind.Relative), cancellation);
            state = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellation)
                : $"answers with status {(int)answer.StatusCode}";
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new IOException($"the server at {address} does not answer: {error.Message}", error);
        }
        output.Line($"The server at {address} {(state == "ready" ? "is ready." : state)}");
        output.Json(json => json.WriteString("server", state));
        return state == "ready" ? PellucidCommand.Done : PellucidCommand.Failed;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var expected = Gradients(new ReferenceBackend(), ElementType.Float64);
        var diagnoses = Enum.GetValues<CpuInstructions>().OrderDescending()
            .Select(instructions => Examine(instructions, expected)).ToList();
        diagnoses.Add(new Diagnosis("cuda", false, "this build has no CUDA backend", null));
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        string chosen;
        using (var backend = CpuBackend.Create())
            chosen = backend.Name;

        output.Line($"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, "
            + $"{RuntimeInformation.FrameworkDescription}");
        output.Line($"{Environment.ProcessorCount} cores, {Units.Bytes(memory)} of memory; computes on {chosen}");
        var table = new Table().Border(TableBorder.Minimal).AddColumns("backend", "usable", "largest error", "GFLOP/s", "");
        foreach (var diagnosis in diagnoses)
            table.AddRow(diagnosis.Name, diagnosis.Available ? "yes" : "no", diagnosis.MaxError is { } error ? $"{error:0.0e+0}" : "–",
                diagnosis.Gigaflops is { } speed ? Units.Number(speed, 0) : "–", diagnosis.Reason ?? "");
        output.People.Write(table);
        if (diagnoses.Max(diagnosis => diagnosis.Gigaflops)
            / diagnoses.Single(diagnosis => diagnosis.Name == "vector128").Gigaflops is { } ratio && ratio > 1.1)
            output.Line("Compiled as native AOT without IlcInstructionSet, the library would compute on vector128: "
                + $"{Units.Number(ratio, 1)} times as slow here.");
        output.Json(json =>
        {
            json.WriteNumber("cores", Environment.ProcessorCount);
            json.WriteNumber("memory_bytes", memory);
            json.WriteString("default", chosen);
            json.WriteStartArray("backends");
            foreach (var diagnosis in diagnoses)
            {
                json.WriteStartObject();
                json.WriteString("name", diagnosis.Name);
                json.WriteBoolean("available", diagnosis.Available);
                json.WriteString("reason", diagnosis.Reason);
                if (diagnosis.MaxError is { } error)
                    json.WriteNumber("max_error", error);
                else
                    json.WriteNull("max_error");
                if (diagnosis.Gigaflops is { } speed)
                    json.WriteNumber("gigaflops", speed);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return diagnoses.Any(diagnosis => diagnosis.MaxError > 1e-4) ? PellucidCommand.Failed : PellucidCommand.Done;
    }

    private static Diagnosis Examine(CpuInstructions instructions, float[] expected)
    {
        var name = instructions.ToString().ToLowerInvariant();
        if (!CpuBackend.Supported.Contains(instructions))
            return new Diagnosis(name, false,
                RuntimeFeature.IsDynamicCodeSupported ? "this processor lacks it" : "not compiled in, or not of this processor", null);
        var actual = Gradients(CpuBackend.Create(0, instructions), ElementType.Float32);
        var scale = expected.Max(Math.Abs);
        return new Diagnosis(name, true, null, expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / scale, Gigaflops(instructions));
    }

    // The best of a few products of middling size.
    private static double Gigaflops(CpuInstructions instructions)
    {
        using var backend = CpuBackend.Create(0, instructions);
        using var arena = new Arena(backend);
        var (x, w) = (arena.Allocate(new Shape(256, 768)), arena.Allocate(new Shape(768, 768)));
        var operations = new Operations(backend, arena);
        backend.Fill(x, 1);
        backend.Fill(w, 1);
        return Enumerable.Range(0, 8).Max(_ =>
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            operations.Linear(x, w);
            return 2e-9 * 256 * 768 * 768 / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }

    // Every gradient of a small model: all operations, forward and backward.
    private static float[] Gradients(Backend backend, ElementType type)
    {
        using var owned = backend;
        using var gpt = new Gpt(new GptConfig { VocabularySize = 101, Context = 70, Layers = 2, Heads = 3, Width = 48 }, backend, type);
        gpt.Initialize(1);
        using var arena = new Arena(backend);
        using var tape = new Tape(backend);
        using var rows = new TokenRows(backend);
        var tokens = Enumerable.Range(0, 140).Select(i => i * i % 101).ToArray();
        rows.Add(tokens.AsSpan(0, 70));
        rows.Add(tokens.AsSpan(69, 70));
        var run = new GptRun(new Operations(backend, arena, tape));
        var targets = arena.Allocate(new Shape(140), ElementType.Int32);
        backend.Write(tokens, targets);
        gpt.Loss(gpt.Forward(rows, run), targets, 1f / 140, run);
        tape.Backward();
        var gradients = new float[gpt.Parameters.AllGradients.Count];
        backend.Read(gpt.Parameters.AllGradients, gradients);
        return gradients;
    }
}
