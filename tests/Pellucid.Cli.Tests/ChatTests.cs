using System.Text.Json;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;

namespace Pellucid.Cli.Tests;

public sealed class ChatTests : IDisposable
{
    private const string Template = "{% for message in messages %}{% if message.role == 'tool' %}{{ raise_exception('no tools here') }}"
        + "{% endif %}<|im_start|>{{ message.role[0] }}{{ message.content }}<|im_end|>{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>a{% endif %}";

    private readonly PellucidProcess _pellucid = new();

    [Fact]
    public void One_turn_is_answered_as_generate_goes_on_with_the_rendered_conversation()
    {
        NewModel();
        _pellucid.File("chat.json", """[{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi <|im_end|>"}]""");
        var ids = Numbers(_pellucid.Run("tokenizer", "render", "model", "--messages", "chat.json", "--json").Json, "ids");
        Assert.Equal(2, ids.Count(id => id == 257)); // what the user wrote is none
        string[] sampling = ["--max-tokens", "9", "--temperature", "0.8", "--top-k", "30", "--seed", "5", "--json"];
        var answer = _pellucid.Run(["chat", "model", "--system", "be brief", "--message", "hi <|im_end|>", .. sampling]).Json;
        var written = _pellucid.Run(["generate", "model", "--tokens", string.Join(' ', ids), .. sampling]).Json;
        Assert.Equal(Numbers(written, "tokens"), Numbers(answer, "tokens"));
        Assert.Equal(("length", ids.Length, written.GetProperty("text").GetString()), (answer.GetProperty("ended_by").GetString(),
            answer.GetProperty("prompt_tokens").GetInt32(), answer.GetProperty("text").GetString()));
        Assert.Equal(3, answer.GetProperty("messages").GetArrayLength());
        // One of the tokens is made an end, and a letter before it a stop.
        var end = Numbers(answer, "tokens")[^1];
        _pellucid.File("model/generation_config.json", $$"""{"eos_token_id": {{end}}}""");
        var ended = _pellucid.Run("hi <|im_end|>\n", ["chat", "model", "--system", "be brief", "--message", "-", .. sampling]).Json;
        Assert.Equal("end", ended.GetProperty("ended_by").GetString());
        Assert.Equal(Numbers(answer, "tokens").TakeWhile(token => token != end), Numbers(ended, "tokens"));
        var stop = $"{ended.GetProperty("text").GetString()!.First(char.IsAsciiLetter)}";
        Assert.Equal("stop", _pellucid.Run(["chat", "model", "--system", "be brief", "--message", "hi <|im_end|>", .. sampling,
            "--stop", stop]).Json.GetProperty("ended_by").GetString());
    }

    [Fact]
    public void Lines_are_said_in_turn_saved_and_gone_on_with()
    {
        NewModel();
        string[] words = ["chat", "model", "--max-tokens", "4", "--temperature", "0"];
        var talked = _pellucid.Run("/system be brief\nhi\n\n//no command\n/history\n/save said.json\n/reset\nhi\n/quit\nnever\n", words);
        Assert.Equal((0, ""), (talked.Code, talked.Error));
        var said = JsonDocument.Parse(File.ReadAllText(_pellucid.File("said.json"))).RootElement;
        Assert.Equal(["system", "user", "assistant", "user", "assistant"],
            said.EnumerateArray().Select(turn => turn.GetProperty("role").GetString()));
        string[] contents = [.. said.EnumerateArray().Select(turn => turn.GetProperty("content").GetString()!)];
        Assert.Equal(("be brief", "hi", "/no command"), (contents[0], contents[1], contents[3]));
        Assert.Equal($"{contents[2]}\n{contents[4]}\nsystem: be brief\nuser: hi\nassistant: {contents[2]}\nuser: /no command\n"
            + $"assistant: {contents[4]}\n5 messages are in said.json\n{contents[2]}\n", talked.Output);
        // Going on from the file is going on.
        var whole = _pellucid.Run("/system be brief\nhi\n//no command\nmore\n", [.. words, "--json"]).Json;
        var resumed = _pellucid.Run([.. words, "--json", "--messages", "said.json", "--message", "more"]).Json;
        Assert.Equal(whole.GetProperty("messages").GetRawText(), resumed.GetProperty("messages").GetRawText());
        Assert.Equal(Numbers(whole, "tokens"), Numbers(resumed, "tokens"));
    }

    [Fact]
    public void A_published_model_answers_as_recorded()
    {
        var model = Pellucid.Tests.SharedData.Path("real-models/smollm2-135m-instruct/model.gguf");
        using var recorded = JsonDocument.Parse(
            File.ReadAllBytes(Pellucid.Tests.SharedData.Path("real-models/smollm2-135m-instruct/expected.json")));
        var chat = recorded.RootElement.GetProperty("chats")[1]; // a system's words and a user's
        string Said(int turn) => chat.GetProperty("messages")[turn].GetProperty("content").GetString()!;
        var answer = _pellucid.Run("chat", model, "--system", Said(0), "--message", Said(1), "--temperature", "0", "--json").Json;
        Assert.Equal([.. Numbers(answer, "tokens"), 2], Numbers(chat, "greedy_ids"));
        Assert.Equal(("end", chat.GetProperty("ids").GetArrayLength()),
            (answer.GetProperty("ended_by").GetString(), answer.GetProperty("prompt_tokens").GetInt32()));
    }

    [Fact]
    public void What_does_not_fit_the_context_is_said_and_never_cut()
    {
        NewModel(context: 40);
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", new string('x', 60)), 2,
            "the conversation has 65 tokens, but this model's context is 40");
        var full = _pellucid.Run("chat", "model", "--message", "0123456789", "--json");
        Assert.Equal(("context", 40 - 15), (full.Json.GetProperty("ended_by").GetString(), Numbers(full.Json, "tokens").Length));
        Assert.Equal("pellucid: the context of 40 tokens is full, so the answer ends here; /reset begins anew\n",
            full.Error[full.Error.IndexOf("pellucid", StringComparison.Ordinal)..]);
        // The second answer would need what no longer fits; nothing is forgotten for it.
        TrainTests.AssertRefused(_pellucid.Run("0123456789\nagain\n", ["chat", "model"]) is var twice
            ? twice with { Error = twice.Error.Split('\n')[^2] + "\n" } : twice, 2, "the conversation has ");
    }

    [Fact]
    public void What_cannot_be_talked_with_or_makes_no_sense_is_refused()
    {
        NewModel();
        TrainTests.AssertRefused(_pellucid.Run("/nonsense\n", ["chat", "model"]), 2,
            "there is no /nonsense; /help lists what there is, and // begins a line with a slash");
        TrainTests.AssertRefused(_pellucid.Run("/save\n", ["chat", "model"]), 2, "/save needs a file");
        TrainTests.AssertRefused(_pellucid.Run("/reset now\n", ["chat", "model"]), 2, "/reset takes nothing more");
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", "x", "--top-p", "3"), 2, "top-p must be above 0");
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", "x", "--max-tokens", "0"), 2, "--max-tokens must be");
        _pellucid.File("tool.json", """[{"role": "tool", "content": ""}]""");
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", "x", "--messages", "tool.json"), 1, "no tools here");
        _pellucid.File("wrong.json", "{}");
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", "x", "--messages", "wrong.json"), 1,
            "wrong.json: messages must be a list, not Object");
        File.Delete(_pellucid.File("model/chat_template.jinja"));
        TrainTests.AssertRefused(_pellucid.Run("chat", "model", "--message", "x"), 1,
            "model has no chat template, so how it is to be talked with is not known: put its chat_template.jinja beside its weights, "
            + "or continue texts with pellucid generate");
    }

    [Fact]
    public void What_the_makers_say_of_sampling_is_used_and_told()
    {
        NewModel();
        _pellucid.File("model/generation_config.json", """{"do_sample": true, "temperature": 0.5, "top_k": 7, "top_p": 0.9}""");
        var asMade = _pellucid.Run("chat", "model", "--message", "hi", "--max-tokens", "12", "--json");
        Assert.StartsWith("generation_config.json: temperature 0.5, top-k 7, top-p 0.9\n", asMade.Error, StringComparison.Ordinal);
        string[] given = ["--temperature", "0.5", "--top-k", "7", "--top-p", "0.9"];
        var asked = _pellucid.Run(["chat", "model", "--message", "hi", "--max-tokens", "12", "--json", .. given]);
        Assert.DoesNotContain("generation_config", asked.Error, StringComparison.Ordinal);
        Assert.Equal(Numbers(asked.Json, "tokens"), Numbers(asMade.Json, "tokens"));
        var sampling = asMade.Json.GetProperty("sampling");
        Assert.Equal((7, "generation_config.json"),
            (sampling.GetProperty("top_k").GetInt32(), sampling.GetProperty("defaults").GetString()));
        var written = _pellucid.Run("generate", "model", "hi", "--max-tokens", "12", "--json");
        Assert.Equal(sampling.GetRawText(), written.Json.GetProperty("sampling").GetRawText());
        Assert.StartsWith("generation_config.json: temperature 0.5", written.Error, StringComparison.Ordinal);
        Assert.Equal(Numbers(written.Json, "tokens"),
            Numbers(_pellucid.Run(["generate", "model", "hi", "--max-tokens", "12", "--json", .. given]).Json, "tokens"));
        _pellucid.File("model/generation_config.json", """{"no_repeat_ngram_size": 3}""");
        foreach (var verb in (string[][])[["chat", "model", "--message", "x"], ["generate", "model", "x"], ["serve", "model"]])
            TrainTests.AssertRefused(_pellucid.Run(verb), 1,
                "'no_repeat_ngram_size' is 3, which cannot be computed; take it out of the file");
    }

    [Fact]
    public async Task Control_C_stops_an_answer_and_not_the_program()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        NewModel(context: 100_000);
        using var process = _pellucid.Start(["chat", "model", "--temperature", "0", "--threads", "1", "--json"]);
        await process.StandardInput.WriteLineAsync("without end");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var read = new char[200];
        await process.StandardError.ReadBlockAsync(read, TestContext.Current.CancellationToken); // it is being written
        PellucidProcess.Interrupt(process);
        await process.StandardInput.WriteLineAsync("/reset\n/save none.json");
        process.StandardInput.Close();
        var outcome = PellucidProcess.Finish(process);
        Assert.Equal("interrupt", outcome.Json.GetProperty("ended_by").GetString());
        Assert.InRange(Numbers(outcome.Json, "tokens").Length, 1, 99_000);
        Assert.Equal("[]", File.ReadAllText(_pellucid.File("none.json")));
    }

    [Fact]
    public async Task On_a_terminal_control_C_stops_an_answer_and_what_goes_wrong_does_not_end_the_talk()
    {
        Assert.SkipUnless(Terminal.IsThere, "needs script of util-linux");
        NewModel(context: 100_000);
        using var terminal = new Terminal(_pellucid.Folder, "chat model --temperature 0 --threads 1 --system brief");
        Assert.Contains("model, 100,000 tokens of context. /help tells what can be typed.", await terminal.Until("\r> "),
            StringComparison.Ordinal);
        terminal.Type("without end\r");
        await terminal.Until(text => text.Length > 1000);
        terminal.Type("\u0003");
        await terminal.Until("\r> ");
        terminal.Type("/nonsense\r");
        await terminal.Until("pellucid: there is no /nonsense; /help lists what there is");
        terminal.Type($"{new string('x', 2000)}\r\u0003/reset\r/history\r");
        await terminal.Until("system: brief");
        terminal.Type("/save kept.json\r");
        await terminal.Until("1 messages are in kept.json");
        terminal.Type("\u001b[A\r");
        await terminal.Until("1 messages are in kept.json");
        terminal.Type("\u0004");
        Assert.Equal(0, await terminal.End());
    }

    private static int[] Numbers(JsonElement json, string field) =>
        [.. json.GetProperty(field).EnumerateArray().Select(number => number.GetInt32())];

    // A token a byte, then <|endoftext|> (256), <|im_end|> (257) and <|im_start|> (258).
    private void NewModel(int context = 256)
    {
        using var backend = CpuBackend.Create(1);
        using var gpt = new Gpt(new GptConfig { VocabularySize = 259, Context = context, Layers = 2, Heads = 2, Width = 16 }, backend);
        gpt.Initialize(1);
        var table = new float[gpt[ParameterRole.TokenTable].Count];
        backend.Read(gpt[ParameterRole.TokenTable], table);
        backend.Write([.. table.Select(value => 9 * value)], gpt[ParameterRole.TokenTable]);
        Checkpoint.Save(_pellucid.File("model"), gpt);
        BpeTrainer.Train([new byte[] { 97, 98 }], 259, special: ["<|im_end|>", "<|im_start|>"]).Save(_pellucid.File("model"));
        File.Delete(_pellucid.File("model/generation_config.json"));
        _pellucid.File("model/chat_template.jinja", Template);
        _pellucid.File("model/tokenizer_config.json", "{\"eos_token\": \"<|im_end|>\"}");
    }

    public void Dispose() => _pellucid.Dispose();
}
